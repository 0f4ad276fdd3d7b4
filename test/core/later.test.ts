import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Later } from '../../src/core/later.ts'

test('it is loaded when it is first wanted, and once', async () => {
  let loads = 0
  const later = new Later(() => Promise.resolve(++loads))
  assert.equal(later.now, undefined)
  assert.equal(loads, 0)
  assert.deepEqual(await Promise.all([later.get(), later.get()]), [1, 1])
  assert.equal(await later.get(), 1)
  assert.equal(later.now, 1)
})

test('what could not be loaded is tried again for who wants it next', async () => {
  let loads = 0
  const later = new Later(async () => {
    if (++loads === 1) throw new Error('its file is being replaced')
    return loads
  })
  await assert.rejects(later.get(), /replaced/)
  assert.equal(later.now, undefined)
  assert.equal(await later.get(), 2)
})
