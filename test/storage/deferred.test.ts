import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEPT } from '../../src/core/tiers.ts'
import { LocalStore } from '../../src/store.ts'
import { Deferred } from '../../src/storage/deferred.ts'
import { memory } from '../../src/storage/memory.ts'

const STANDING = { mode: 'memory', driver: 'memory', problem: null }

test('calls wait until the store is loaded, and then are its own', async () => {
  let give: () => void = () => undefined
  const loaded = new Promise<void>((resolve) => (give = resolve))
  const options = { writer: 'w', timezone: 'UTC', kept: KEPT, events: 1000, maxSize: 1e6 }
  const store = new Deferred(() => loaded.then(() => new LocalStore(memory(), options)), STANDING)
  assert.deepEqual(store.standing(), STANDING)
  const swapped = store.swap('key', undefined, 'value')
  give()
  assert.equal(await swapped, true)
  assert.equal(await store.get('key'), 'value')
  assert.deepEqual(await store.claim(['a'], 'w', 0), [true])
  assert.equal((await store.size()).events, 0)
  assert.equal((await store.open()).driver, 'memory')
  await store.maintain(0)
  await store.close()
})

test('what cannot be loaded rejects each call, and nobody else', async () => {
  const store = new Deferred(() => Promise.reject(new Error('gone')), STANDING)
  await new Promise((resolve) => setImmediate(resolve))
  await assert.rejects(store.open(), /gone/)
  await assert.rejects(store.close(), /gone/)
  assert.deepEqual(store.standing(), STANDING)
})
