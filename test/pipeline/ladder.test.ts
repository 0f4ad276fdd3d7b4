import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEPT, TIERS, type Tier, WIDTH } from '../../src/core/tiers.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { makeRoom, type Reach } from '../../src/pipeline/ladder.ts'
import { crowdedAt } from '../../src/pipeline/room.ts'
import { memory } from '../../src/storage/memory.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { LocalStore } from '../../src/store.ts'

const NOW = Date.UTC(2026, 10, 22)
/** What a box of each tier takes, as of a small app: a year of hours is most of it. */
const BYTES: Readonly<Record<Tier, number>> = { '1m': 100, '15m': 250, '1h': 400, '1d': 1000 }

function event(number: number, time: number) {
  return { writer: 'w', number, kind: 'track', time, name: 'n', value: 1, weight: 1, labels: {}, fields: {} }
}

/** A year of boxes, as long as each tier is kept, and a day of events. */
async function filled(events: number = 1000): Promise<StorageDriver> {
  const driver = memory()
  await driver.open()
  for (const tier of TIERS) {
    const boxes = []
    for (let start = NOW - WIDTH[tier]; start > NOW - Math.min(KEPT[tier], 365 * DAY); start -= WIDTH[tier])
      boxes.push({ tier, start, writer: '*', numbers: new Uint8Array(BYTES[tier]), detail: new Uint8Array(0) })
    await driver.put({ boxes, names: [], events: [], time: NOW })
    await driver.swap(`sealed:${tier}`, undefined, String(NOW))
  }
  const all = Array.from({ length: events }, (_, i) => event(i + 1, NOW - DAY + (i * DAY) / events))
  await driver.put({ boxes: [], names: [], events: all, time: NOW })
  return driver
}

/** How far back each tier reaches, and how many events there are. */
async function left(driver: StorageDriver): Promise<Record<string, number>> {
  const ages: Record<string, number> = { events: (await driver.size()).events }
  for (const tier of TIERS) {
    for await (const { start } of driver.boxes({ tier, which: 'sealed', from: 0, to: NOW, detail: false })) {
      ages[tier] = NOW - start
      break
    }
  }
  return ages
}

const OPTIONS = { kept: KEPT, events: DAY }

/** Makes room so that at most `bytes` are left. */
async function shrunk(driver: StorageDriver, bytes: number) {
  const reach: Reach[] = []
  const maxSize = Math.max(bytes / 0.9, bytes + 300_000)
  assert.ok(Math.abs(crowdedAt(maxSize) - bytes) < 1)
  const size = await makeRoom(driver, { ...OPTIONS, maxSize }, NOW, async (one) => void reach.push(one))
  return { reach: Object.assign({}, ...reach) as Reach, size, left: await left(driver) }
}

test('where there is room nothing goes', async () => {
  const driver = await filled()
  const before = await left(driver)
  const { reach, left: after } = await shrunk(driver, 1e9)
  assert.deepEqual(after, before)
  assert.deepEqual(reach, {})
})

test('a little too much takes the oldest events, and nothing else', async () => {
  const driver = await filled()
  const { bytes } = await driver.size()
  const before = await left(driver)
  const { left: after, reach } = await shrunk(driver, bytes - 20_000)
  assert.ok(after['events']! < before['events']! && after['events']! > 0.5 * before['events']!, JSON.stringify(after))
  assert.deepEqual({ ...after, events: 0 }, { ...before, events: 0 })
  assert.deepEqual(Object.keys(reach), ['events'])
})

test('what is given up is shared: recent minutes stay while hours reach months back, and days stay whole', async () => {
  const driver = await filled()
  const { bytes } = await driver.size()
  const { size, left: after, reach } = await shrunk(driver, 0.4 * bytes)
  assert.ok(size.bytes <= 0.4 * bytes)
  assert.ok(after['1m']! >= 6 * HOUR, JSON.stringify(after))
  assert.ok(after['15m']! >= 4 * DAY)
  assert.ok(after['1h']! >= 60 * DAY && after['1h']! < 200 * DAY)
  assert.equal(after['1d'], 364 * DAY)
  for (const tier of ['1m', '15m', '1h'] as const) assert.ok(NOW - reach[tier]! < after[tier]! + WIDTH[tier] + 1)
  assert.equal(reach['1d'], undefined)
})

test('no more goes than is needed, and the next time it goes on from there', async () => {
  const driver = await filled()
  const { bytes } = await driver.size()
  const limit = 0.4 * bytes
  const first = await shrunk(driver, limit)
  assert.ok(first.size.bytes > 0.9 * 0.4 * bytes)
  const again = await shrunk(driver, limit)
  assert.deepEqual(again.left, first.left)
  await driver.put({
    boxes: [{ tier: '1h', start: NOW, writer: '*', numbers: new Uint8Array(0.06 * bytes), detail: new Uint8Array(0) }],
    names: [],
    events: [],
    time: NOW,
  })
  const third = await shrunk(driver, limit)
  assert.equal(third.left['events'], first.left['events'])
  assert.equal(third.left['1m'], first.left['1m'])
  assert.ok(third.left['1h']! < first.left['1h']!)
})

test('days go last, and the last half hour never', async () => {
  const driver = await filled()
  const { left: some } = await shrunk(driver, 700_000)
  assert.equal(some['1d'], 364 * DAY)
  assert.ok(some['1h']! > HOUR)
  const { left: none } = await shrunk(driver, 1)
  assert.ok(none['1m']! >= 30 * MINUTE)
  assert.equal(none['1d'], undefined)
})

test('a burst of events that is younger than anything goes by age is cut by number', async () => {
  const driver = await filled(0)
  const before = await left(driver)
  const many = Array.from({ length: 20_000 }, (_, i) => event(i + 1, NOW))
  const { bytes } = await driver.size()
  await driver.put({ boxes: [], names: [], events: many, time: NOW })
  const { left: after } = await shrunk(driver, bytes + 100_000)
  assert.ok(after['events']! < 10_000, JSON.stringify(after))
  assert.ok(after['1h']! > 0.45 * before['1h']!)
  assert.equal(after['1d'], before['1d'])
})

test('what is given up is noted before it goes: whoever ends in the middle leaves no silent zeros', async () => {
  const driver = await filled()
  const order: string[] = []
  const watched = new Proxy(driver, {
    get(target, name) {
      if (name === 'prune') return (what: Tier, before: number) => (order.push(what), target.prune(what, before))
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  await makeRoom(watched, { ...OPTIONS, maxSize: 1_500_000 }, NOW, async (one) => {
    order.push(`note ${Object.keys(one)[0]}`)
  })
  assert.ok(order.length > 10)
  for (const [at, what] of order.entries()) if (!what.startsWith('note')) assert.equal(order[at - 1], `note ${what}`)
})

test('a clock that leaps ten years ahead while the store is full erases no history', async () => {
  const driver = await filled()
  const { bytes } = await driver.size()
  const open = new Proxy(driver, {
    get(target, name) {
      if (name === 'close') return () => Promise.resolve()
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const store = new LocalStore(open, { ...OPTIONS, writer: 'w', timezone: 'UTC', maxSize: bytes * 0.8 })
  await store.maintain(NOW)
  const before = await left(driver)
  const leap = NOW + 3650 * DAY
  const box = {
    tier: '1m',
    start: NOW,
    writer: 'w',
    numbers: new Uint8Array(0.15 * bytes),
    detail: new Uint8Array(0),
  } as const
  for (const number of [1e6, 1e6 + 1])
    await store.put({ boxes: [box], names: [], events: [event(number, leap)], time: leap })
  await store.close()
  const after = await left(driver)
  assert.equal(after['1d'], before['1d'])
  // Room was made for what came: the last day's detail is there all the same.
  for (const tier of ['1m', '15m', '1h'] as const) assert.ok(after[tier]! > 0, `${tier} ${JSON.stringify(after)}`)
})
