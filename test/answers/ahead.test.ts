import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE, SECOND } from '../../src/core/time.ts'
import { memory } from '../../src/storage/memory.ts'
import { NOW } from './suite.ts'
import { type Definition, type Observation, World } from './world.ts'

const SALES: Definition = { name: 'sales', kind: 'counter', unit: 'USD', buckets: true }

const sale = (at: number): Observation => ({ metric: SALES, labels: {}, value: 1, at })

test('R32: a host whose clock is 90 seconds ahead: no minute to come is shown, and in time the minutes are one', async () => {
  const driver = memory()
  await driver.open()
  const world = new World(driver)
  const minutes = Array.from({ length: 10 }, (_, minute) => NOW - minute * MINUTE)
  await world.put('right', minutes.map(sale), false)
  await world.put(
    'ahead',
    minutes.map((at) => sale(at + 90 * SECOND)),
    false
  )
  const by = async (now: number) => {
    const { rows, envelope } = await world.ask('metric=sales&from=10m&group_by=minute&order=time', now)
    return { values: rows.map(({ value }) => value), last: rows.at(-1), total: envelope['total'] }
  }
  const found = await by(NOW + 1)
  assert.equal(found.values.length, 10)
  assert.equal(found.last?.['partial'], true)
  assert.ok(Number(found.last?.['ts']) <= NOW)
  assert.ok(
    found.values.every((value) => Number(value) >= 1),
    `${found.values.join(' ')}`
  )
  // Sealed while one is still ahead: nothing of it is left out afterwards.
  await world.seal(NOW + MINUTE)
  const all = await world.ask('metric=sales&from=30m', NOW + 3 * MINUTE)
  assert.equal(all.envelope['total'], 20)
  await world.seal(NOW + 20 * MINUTE)
  const sealed = await world.ask('metric=sales&from=1h', NOW + 20 * MINUTE)
  assert.equal(sealed.envelope['total'], 20)
})
