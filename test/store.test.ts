import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '../src/core/ids.ts'
import { OpenedBox, pack } from '../src/core/box.ts'
import { Point } from '../src/core/point.ts'
import { KEPT } from '../src/core/tiers.ts'
import { minuteOf } from '../src/core/window.ts'
import { lease, release } from '../src/pipeline/lease.ts'
import { LocalStore, type StoreOptions } from '../src/store.ts'
import type { Box, StorageDriver } from '../src/storage/driver.ts'
import { memory } from '../src/storage/memory.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.UTC(2026, 10, 22, 10, 30)
const OPTIONS: StoreOptions = { writer: 'w', timezone: 'UTC', kept: KEPT, events: 24 * HOUR, maxSize: 256e6 }

function box(writer: string, start: number, series: number = 1): Box {
  const entries = Array.from({ length: series }, (_, i) => {
    const point = new Point(true)
    for (let k = 1; k < 50; k++) point.observe(k * 1.37 * (i + 1), start)
    return { metric: hash('m'), labels: hash(`l${i}`), point }
  })
  return { tier: '1m', start, writer, ...pack(minuteOf(writer, 'h', start, true), entries) }
}

async function count(driver: StorageDriver, which: 'open' | 'sealed', tier: Box['tier'] = '1m'): Promise<number> {
  let boxes = 0
  for await (const _ of driver.boxes({ tier, which, from: 0, to: Number.MAX_SAFE_INTEGER, detail: false })) boxes++
  return boxes
}

function event(number: number, time: number) {
  return { writer: 'w', number, kind: 'track', time, name: 'n', value: 1, weight: 1, labels: {}, fields: {} }
}

test('maintenance seals what is closed and prunes what is old, tier by tier', async () => {
  const driver = memory()
  const store = new LocalStore(driver, OPTIONS)
  await store.open()
  const old = NOW - 3 * 24 * HOUR
  await store.put({
    boxes: [box('w', old), box('w', NOW - 5 * MINUTE), box('w', NOW)],
    names: [],
    events: [event(1, old), event(2, NOW)],
    time: NOW,
  })
  await store.maintain(NOW)
  assert.equal(await count(driver, 'open'), 1)
  assert.equal(await count(driver, 'sealed'), 1)
  for (const tier of ['15m', '1h', '1d'] as const) assert.equal(await count(driver, 'sealed', tier), 1)
  assert.equal((await store.size()).events, 1)
  await store.close()
})

test('two processes: one maintains, the other leaves it alone until the lease is over', async () => {
  const driver = memory()
  const one = new LocalStore(driver, OPTIONS)
  const other = new LocalStore(driver, { ...OPTIONS, writer: 'x' })
  await one.put({ boxes: [], names: [], events: [], time: NOW })
  await one.maintain(NOW)
  await one.put({ boxes: [box('w', NOW - 5 * MINUTE)], names: [], events: [], time: NOW })
  await other.maintain(NOW + 1000)
  assert.equal(await count(driver, 'open'), 1)
  await other.maintain(NOW + 2 * MINUTE)
  assert.equal(await count(driver, 'open'), 0)
  await driver.close()
})

test('near the limit of size events go first, then the oldest detail; totals of the days stay', async () => {
  const driver = memory()
  const store = new LocalStore(driver, { ...OPTIONS, maxSize: 2e6 })
  await store.open()
  for (let minute = 0; minute < 24 * 60; minute += 8) {
    await store.put({ boxes: [box('w', NOW - 24 * HOUR + minute * MINUTE, 200)], names: [], events: [], time: NOW })
  }
  await store.put({
    boxes: [],
    names: [],
    events: Array.from({ length: 1000 }, (_, i) => event(i + 1, NOW)),
    time: NOW,
  })
  const before = await store.size()
  assert.ok(before.bytes > 2e6)
  await store.maintain(NOW)
  const after = await store.size()
  assert.ok(after.bytes <= 2e6, `${after.bytes}`)
  assert.ok(after.events <= 500)
  assert.ok((await count(driver, 'sealed', '1h')) > 10)
  await store.close()
})

for (const [name, options] of [
  ['however short quarters are kept', { kept: { ...KEPT, '1m': HOUR, '15m': HOUR } }],
  ['however little room there is', { maxSize: 1_200_000 }],
] as const) {
  test(`a day is whole ${name}`, async () => {
    const driver = memory()
    const store = new LocalStore(driver, { ...OPTIONS, ...options })
    const begin = Date.UTC(2026, 10, 22)
    for (let minute = 0; minute < 24 * 60 + 30; minute += 10) {
      const now = begin + minute * MINUTE
      const boxes = minute < 24 * 60 ? [box('w', now, 100)] : []
      await store.put({ boxes, names: [], events: [], time: now })
      await store.maintain(now + 2 * MINUTE)
    }
    const days: number[] = []
    for await (const one of driver.boxes({ tier: '1d', which: 'sealed', from: 0, to: begin + 1, detail: false })) {
      const point = new Point()
      new OpenedBox(one).fold(hash('m'), false, () => point)
      days.push(point.count)
    }
    assert.deepEqual(days, [(24 * 60 * 100 * 49) / 10])
    await store.close()
  })
}

test('scripts that run once a day and end at once leave all they recorded', async () => {
  const driver = memory()
  for (let day = 0; day < 50; day++) {
    const now = NOW + day * 24 * HOUR
    const store = new LocalStore(driver, { ...OPTIONS, writer: `w${day}` })
    await store.open()
    const unfinished = { ...box(`w${day}`, now), ...pack(minuteOf(`w${day}`, 'h', now, false), []) }
    await store.put({ boxes: [unfinished], names: [], events: [], time: now })
    await store.maintain(now + 3_000)
  }
  assert.ok((await count(driver, 'open')) <= 2)
  assert.ok((await count(driver, 'sealed', '1d')) >= 47)
})

test('small documents pass through to the driver', async () => {
  const store = new LocalStore(memory(), OPTIONS)
  assert.equal(await store.swap('key', undefined, 'value'), true)
  assert.equal(await store.swap('key', undefined, 'other'), false)
  assert.equal(await store.get('key'), 'value')
  assert.deepEqual(store.standing(), { mode: 'memory', driver: 'memory', problem: null })
  await store.close()
})

const refusals: Readonly<Record<string, () => Promise<void>>> = {
  'rejects when it is opened': () => Promise.reject(new Error('not yet')),
  'throws when it is opened': () => {
    throw new Error('not yet')
  },
}
for (const [how, refuse] of Object.entries(refusals)) {
  test(`a driver that ${how} is tried again at the next call`, async () => {
    let failures = 1
    const driver = new Proxy(memory(), {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (key === 'open') return () => (failures-- > 0 ? refuse() : target.open())
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const store = new LocalStore(driver, OPTIONS)
    await assert.rejects(store.open(), /not yet/)
    await store.put({ boxes: [], names: [], events: [event(1, NOW)], time: NOW })
    assert.equal((await store.size()).events, 1)
    await store.close()
  })
}

test('a lease has one holder, can be renewed and given back, and no clock holds it for ever', async () => {
  const driver = memory()
  await driver.open()
  assert.equal(await lease(driver, 'k', 'a', 1000, 0), true)
  assert.equal(await lease(driver, 'k', 'b', 1000, 500), false)
  assert.equal(await lease(driver, 'k', 'a', 1000, 500), true)
  assert.equal(await lease(driver, 'k', 'b', 1000, 1500), true)
  await release(driver, 'k', 'a')
  assert.equal(await lease(driver, 'k', 'a', 1000, 1600), false)
  await release(driver, 'k', 'b')
  assert.equal(await lease(driver, 'k', 'a', 1000, 1600), true)
  assert.equal(await lease(driver, 'k', 'wrong clock', 1000, 1e9), true)
  assert.equal(await lease(driver, 'k', 'a', 1000, 2000), true)
  await driver.swap('k', await driver.get('k'), 'no lease')
  assert.equal(await lease(driver, 'k', 'b', 1000, 2000), true)
  await driver.close()
})

test('one leap of the clock erases no history and takes nobody for dead', async () => {
  const driver = memory()
  const store = new LocalStore(driver, OPTIONS)
  await store.open()
  const alive = { ...box('alive', NOW), ...pack(minuteOf('alive', 'h', NOW, false), []) }
  await store.put({ boxes: [box('w', NOW - HOUR), alive], names: [], events: [event(1, NOW)], time: NOW })
  await store.maintain(NOW)
  await store.maintain(NOW + 3650 * 24 * HOUR)
  assert.equal(await count(driver, 'sealed', '1d'), 1)
  assert.equal(await count(driver, 'open'), 1)
  await store.close()
})

test('what room was made for is not answered as zero: the finest tier that is still there is used, and said', async () => {
  const driver = memory()
  const store = new LocalStore(driver, { ...OPTIONS, maxSize: 2e6 })
  await store.open()
  for (let minute = 0; minute < 24 * 60; minute += 8) {
    await store.put({ boxes: [box('w', NOW - 24 * HOUR + minute * MINUTE, 200)], names: [], events: [], time: NOW })
  }
  const texts = ['{"metric":"m","kind":"counter","unit":"count","buckets":true}']
  await store.put({ boxes: [], names: texts.map((text) => ({ id: hash('m'), text })), events: [], time: NOW })
  await store.maintain(NOW)
  const params = [
    ['metric', 'm'],
    ['from', '20h'],
    ['to', '19h'],
    ['group_by', '5m'],
  ] as const
  const answer = await store.answer({ route: 'query', params, url: '', accept: '', now: NOW, facts: {} })
  const body = JSON.parse(new TextDecoder().decode(answer.body)) as {
    interval: string
    warning: string | null
    total: number
  }
  assert.ok(body.total > 0, JSON.stringify(body))
  assert.notEqual(body.interval, '5m')
  assert.ok(body.warning !== null)
  await store.close()
})
