import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { cover } from '../../src/query/cover.ts'
import { joined } from '../../src/query/pieces.ts'
import { KEPT, type Tier } from '../../src/core/tiers.ts'
import { zoneOf } from '../../src/query/zone.ts'
import { memory } from '../../src/storage/memory.ts'
import type { Box, BoxSelector, StorageDriver } from '../../src/storage/driver.ts'
import { type Definition, type Observation, World } from '../answers/world.ts'

const NOW = Date.parse('2026-11-22T10:37:20Z')
const SALES: Definition = { name: 'sales', kind: 'counter', unit: 'USD', buckets: true }

function sale(at: number, value: number = 1, plan: string = 'pro'): Observation {
  return { metric: SALES, labels: { plan }, value, at }
}

/** A driver that does something before each read of boxes, and after the first box of it. */
function meddled(driver: StorageDriver, meddle: (selector: BoxSelector) => Promise<void>): StorageDriver {
  async function* boxes(selector: BoxSelector): AsyncGenerator<Box> {
    await meddle(selector)
    let first = true
    for await (const box of driver.boxes(selector)) {
      yield box
      if (first) await meddle(selector)
      first = false
    }
  }
  return new Proxy(driver, {
    get(target, key) {
      const value: unknown = key === 'boxes' ? boxes : Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function world(timezone: string = 'UTC', kept: Readonly<Record<Tier, number>> = KEPT): Promise<World> {
  const driver = memory()
  await driver.open()
  return new World(driver, timezone, kept)
}

test('sealing between the reads of one answer neither loses nor doubles anything', async () => {
  const ago = fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 3000 }))
  const plan = fc.record({
    early: fc.array(ago, { maxLength: 12 }),
    late: fc.array(ago, { maxLength: 6 }),
    seals: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(plan, async ({ early, late, seals }) => {
      const beneath = await world()
      const at = (minutes: number) => Math.floor(NOW / MINUTE) * MINUTE - minutes * MINUTE + 500
      await beneath.put(
        'early',
        early.map((minutes) => sale(at(minutes)))
      )
      await beneath.seal(NOW)
      await beneath.put(
        'late',
        late.map((minutes) => sale(at(minutes)))
      )
      let turn = 0
      const driver = meddled(beneath.driver, async () => {
        if (seals[turn++ % seals.length]) await beneath.seal(NOW)
      })
      for (const query of [
        'metric=sales&from=3d',
        'metric=sales&from=3d&group_by=day&tz=Asia/Kathmandu',
        'metric=sales&from=2d&group_by=hour',
      ]) {
        const { envelope } = await new World(driver).ask(query, NOW)
        const from = Date.parse(String(envelope['from']))
        const expected = [...early, ...late].filter((minutes) => at(minutes) >= from && at(minutes) < NOW).length
        assert.equal(envelope['total'] ?? 0, expected, query)
      }
    }),
    { numRuns: 40 }
  )
})

test('what is recorded while an answer is read counts once or not at all', async () => {
  const beneath = await world()
  await beneath.put(
    'a',
    Array.from({ length: 50 }, (_, i) => sale(NOW - i * 47 * MINUTE))
  )
  await beneath.seal(NOW)
  let turn = 0
  const driver = meddled(beneath.driver, async () => {
    await beneath.put(`late${turn}`, [sale(NOW - 20 * HOUR + turn++ * HOUR, 1000)])
    await beneath.seal(NOW)
  })
  const { rows, envelope } = await new World(driver).ask('metric=sales&from=48h&group_by=hour', NOW)
  assert.equal(Number(envelope['total']) % 1000, 50)
  for (const row of rows) assert.ok(Number(row['value']) < 1100, JSON.stringify(row))
})

/** Which tiers an answer is put together from, and from how many boxes. */
async function used(store: World, query: { from: number; to: number }): Promise<Record<string, number>> {
  const count: Record<string, number> = {}
  const reading = {
    driver: store.driver,
    spans: { starts: [query.from], ends: [query.to] },
    detail: false,
    now: NOW,
    kept: store.reader.kept,
    home: zoneOf(store.timezone),
    warn: () => undefined,
  }
  for await (const { box } of cover(reading)) {
    const name = `${(box.end - box.start) / MINUTE}m`
    count[name] = (count[name] ?? 0) + 1
  }
  return count
}

test('the coarsest boxes that fit are read, finer ones only at the edges', async () => {
  const store = await world()
  await store.put(
    'a',
    Array.from({ length: 5 * 1440 }, (_, i) => sale(NOW - i * MINUTE))
  )
  await store.seal(NOW)
  const to = Math.floor(NOW / MINUTE) * MINUTE
  assert.deepEqual(await used(store, { from: to - 3 * DAY + 8 * MINUTE, to }), {
    '1440m': 2,
    '60m': 23,
    '15m': 3,
    '1m': 7,
  })
})

test('days of another zone count where they start once nothing finer is kept, and a warning says so', async () => {
  const short = { '1m': HOUR, '15m': 2 * HOUR, '1h': DAY, '1d': 400 * DAY }
  const store = await world('UTC', short)
  await store.put('a', [sale(NOW - 10 * DAY), sale(NOW - 9 * DAY), sale(NOW - 4 * DAY)])
  await store.seal(NOW)
  for (const tier of ['1m', '15m', '1h'] as const) await store.driver.prune(tier, NOW - short[tier])
  const home = await store.ask('metric=sales&from=20d&group_by=day', NOW)
  assert.deepEqual([home.envelope['total'], home.envelope['warning']], [3, null])
  const other = await store.ask('metric=sales&from=20d&group_by=day&tz=Asia/Tokyo', NOW)
  assert.equal(other.envelope['total'], 3)
  assert.match(String(other.envelope['warning']), /only days of UTC are kept/)
})

test('buckets finer than what is kept are widened, and a warning says so', async () => {
  const store = await world()
  await store.put('a', [sale(NOW - 3 * DAY), sale(NOW - 3 * DAY + 20 * MINUTE), sale(NOW - 60 * DAY)])
  await store.seal(NOW)
  for (const tier of ['1m', '15m'] as const) await store.driver.prune(tier, NOW - KEPT[tier])
  const quarters = await store.ask('metric=sales&from=4d&group_by=5m', NOW)
  assert.equal(quarters.envelope['interval'], '15m')
  assert.match(String(quarters.envelope['warning']), /no longer kept in buckets of 5m: these are of 15m/)
  assert.equal(quarters.envelope['total'], 2)
  const hours = await store.ask('metric=sales&from=2026-09-23T10:00:00Z&to=2026-09-24&group_by=5m', NOW)
  assert.deepEqual([hours.envelope['interval'], hours.envelope['total'], hours.rows.length], ['hour', 1, 14])
  const auto = await store.ask('metric=sales&from=2026-09-23T10:00:00Z&to=2026-09-23T14:00:00Z&group_by=auto', NOW)
  assert.deepEqual([auto.envelope['interval'], auto.envelope['warning']], ['1h', null])
})

test('ends of a range within a window that is kept no finer are moved down to its start, and echoed so', async () => {
  const store = await world()
  await store.put('a', [sale(NOW - 3 * DAY)])
  const { envelope } = await store.ask('metric=sales&from=2026-11-19T10:31:10Z&to=2026-11-19T10:52:00Z', NOW)
  assert.deepEqual(
    [envelope['from'], envelope['to'], envelope['total']],
    ['2026-11-19T10:30:00Z', '2026-11-19T10:45:00Z', 1]
  )
})

test('many holes do not make many reads', () => {
  const intervals = Array.from({ length: 1000 }, (_, i) => [i * 10, i * 10 + 5 + (i % 3)] as const)
  const fewer = joined(intervals)
  assert.ok(fewer.length <= 64)
  assert.deepEqual([fewer[0]![0], fewer.at(-1)![1]], [0, intervals.at(-1)![1]])
  for (const [from, to] of intervals) assert.ok(fewer.some(([a, b]) => a <= from && to <= b))
})

test('a box of a newer version is refused as such', async () => {
  const store = await world()
  await store.put('a', [sale(NOW - MINUTE)])
  const numbers = Uint8Array.from([99, 1, 2, 3])
  await store.driver.put({
    boxes: [{ tier: '1m', start: Math.floor(NOW / MINUTE) * MINUTE, writer: 'b', numbers, detail: numbers }],
    names: [],
    events: [],
    time: 0,
  })
  await assert.rejects(store.ask('metric=sales', NOW), { code: 'storage_newer' })
})
