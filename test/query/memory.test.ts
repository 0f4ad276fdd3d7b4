import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import type { BoxSelector, StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'
import { type Definition, type Observation, World } from '../answers/world.ts'

const NOW = Date.parse('2026-11-22T10:37:20Z')
const SALES: Definition = { name: 'sales', kind: 'counter', unit: 'USD', buckets: true }
const QUERY = 'metric=sales&from=3d&agg=p95,sum,count&group_by=day,plan'

function sales(count: number, value: number): Observation[] {
  return Array.from({ length: count }, (_, i) => ({
    metric: SALES,
    labels: { plan: i % 2 ? 'pro' : 'free' },
    value: value + i,
    at: NOW - i * 7 * MINUTE,
  }))
}

/** A driver that writes down which reads ask for histograms of sealed boxes. */
function watched(
  driver: StorageDriver,
  seen: BoxSelector[],
  before: (selector: BoxSelector) => Promise<void> = () => Promise.resolve()
): StorageDriver {
  async function* boxes(selector: BoxSelector) {
    if (selector.detail && selector.which === 'sealed') seen.push(selector)
    await before(selector)
    yield* driver.boxes(selector)
  }
  return new Proxy(driver, {
    get(target, key) {
      const value: unknown = key === 'boxes' ? boxes : Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function stored(): Promise<StorageDriver> {
  const driver = memory()
  await driver.open()
  const world = new World(driver)
  await world.put('one', sales(500, 10))
  await world.seal(NOW)
  return driver
}

test('histograms are read once for a question, whatever the moment', async () => {
  const seen: BoxSelector[] = []
  const world = new World(watched(await stored(), seen))
  const first = await world.ask(QUERY, NOW)
  assert.ok(seen.length > 0)
  seen.length = 0
  assert.deepEqual(await world.ask(QUERY, NOW), first)
  assert.equal(seen.length, 0)
  await world.ask('metric=sales&from=3d&agg=p95&group_by=day', NOW)
  assert.ok(seen.length > 0, 'another question has a memory of its own')
})

test('what comes late is in the next answer', async () => {
  const driver = await stored()
  const world = new World(driver)
  const plain = new World(driver, 'UTC', world.reader.kept, false)
  await world.ask(QUERY, NOW)
  for (let late = 1; late <= 4; late++) {
    await world.put(`late${late}`, [
      { metric: SALES, labels: { plan: 'pro' }, value: 9999, at: NOW - late * 11 * HOUR },
    ])
    assert.deepEqual(await world.ask(QUERY, NOW), await plain.ask(QUERY, NOW), 'open')
    await world.seal(NOW)
    assert.deepEqual(await world.ask(QUERY, NOW), await plain.ask(QUERY, NOW), 'sealed')
  }
})

test('a box that changes between choosing and reading voids the choice', async () => {
  const driver = await stored()
  const beneath = new World(driver)
  let late = 0
  const world = new World(
    watched(driver, [], async (selector) => {
      if (!selector.detail || selector.which !== 'sealed' || late > 2) return
      await beneath.put(`late${late++}`, [{ metric: SALES, labels: { plan: 'pro' }, value: 1, at: NOW - 20 * HOUR }])
      await beneath.seal(NOW)
    })
  )
  const { rows } = await world.ask('metric=sales&from=3d&agg=count,p50', NOW)
  assert.ok(Number(rows[0]!['count']) >= 500 && Number(rows[0]!['count']) <= 503)
  assert.ok(late > 0)
  const plain = new World(driver, 'UTC', world.reader.kept, false)
  assert.deepEqual(await world.ask(QUERY, NOW), await plain.ask(QUERY, NOW))
})

test('what is remembered of counts is right for longer ranges, other steps and late boxes', async () => {
  const driver = await stored()
  const world = new World(driver)
  const plain = new World(driver, 'UTC', world.reader.kept, false)
  const base = 'metric=sales&agg=sum,count&order=time'
  const queries = [
    `${base}&from=2026-11-21T00:00:00Z&to=2026-11-21T12:00:00Z&group_by=hour`,
    `${base}&from=2026-11-21T00:00:00Z&to=2026-11-21T13:00:00Z&group_by=hour`,
    `${base}&from=2026-11-21T00:00:00Z&to=2026-11-21T13:20:00Z&group_by=hour`,
    `${base}&from=2026-11-21T00:00:00Z&to=2026-11-21T13:20:00Z&group_by=minute`,
    `${base}&from=2026-11-21T00:00:00Z&to=2026-11-22T13:20:00Z&group_by=hour,plan`,
    `${base}&from=2026-11-21T00:00:00Z&to=2026-12-22T13:20:00Z&group_by=day`,
    `${base}&from=2026-11-21T00:00:00Z&to=2026-12-24T13:20:00Z&group_by=day`,
    `${base}&from=2026-11-21T00:00:00Z&to=2026-12-24T13:20:00Z&group_by=day&plan=pro`,
  ]
  for (let round = 0; round < 4; round++) {
    for (const query of queries) {
      assert.deepEqual(await world.ask(query, NOW), await plain.ask(query, NOW), `${round} ${query}`)
    }
    await world.put(`late${round}`, [
      { metric: SALES, labels: { plan: 'pro' }, value: 7, at: Date.parse('2026-11-21T03:10:00Z') },
    ])
    if (round % 2 === 1) await world.seal(NOW)
  }
})
