import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEPT } from '../../src/core/tiers.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { retain } from '../../src/pipeline/retention.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'
import { withoutClaim } from '../storage/before.ts'

const OPTIONS = { kept: KEPT, events: DAY, maxSize: 1e9, maxEvents: 1_000 }
const NOW = 1_000 * DAY
const quiet = (): Promise<void> => Promise.resolve()

/** A driver that says what it is asked to prune, and that has so many ids left by age. */
async function watched(driver: StorageDriver, idsAfter: (age: number) => number) {
  await driver.open()
  const pruned: string[] = []
  let claims = 0
  const proxy = new Proxy(driver, {
    get(target, name) {
      if (name === 'prune')
        return async (what: 'claims', before: number) => {
          pruned.push(what === 'claims' ? `claims ${(NOW - before) / HOUR}` : what)
          if (what === 'claims') claims = idsAfter(NOW - before)
          return 0
        }
      if (name === 'size') return async () => ({ bytes: 0, fileBytes: 0, events: 0, claims })
      const value = target[name as 'get'] as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { driver: proxy, ids: () => pruned.filter((what) => what.startsWith('claims')) }
}

test('ids are kept for a day', async () => {
  const { driver, ids } = await watched(memory(), () => 5)
  await retain(driver, OPTIONS, NOW, quiet)
  assert.deepEqual(ids(), ['claims 24'])
})

test('more than a million of them are kept for as long as there is room, and never less than half an hour', async () => {
  const some = await watched(memory(), (age) => (age > 6 * HOUR ? 2e6 : 1e6))
  await retain(some.driver, OPTIONS, NOW, quiet)
  assert.deepEqual(some.ids(), ['claims 24', 'claims 12', 'claims 6'])
  const many = await watched(memory(), () => 2e6)
  await retain(many.driver, OPTIONS, NOW, quiet)
  assert.equal(many.ids().at(-1), 'claims 0.75')
})

test('a driver of before is not asked to forget what it does not know', async () => {
  const { driver, ids } = await watched(withoutClaim(memory()), () => 0)
  await retain(driver, OPTIONS, NOW, quiet)
  assert.deepEqual(ids(), [])
})
