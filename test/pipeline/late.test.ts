import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenedBox, pack } from '../../src/core/box.ts'
import { hash } from '../../src/core/ids.ts'
import { Point } from '../../src/core/point.ts'
import { TIERS } from '../../src/core/tiers.ts'
import { minuteOf } from '../../src/core/window.ts'
import { Sealer } from '../../src/pipeline/sealer.ts'
import type { Box, StorageDriver } from '../../src/storage/driver.ts'
import { memory, MemoryStore } from '../../src/storage/memory.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 22)
const METRIC = hash('revenue')
const days = {
  startOf: (time: number) => Math.floor(time / DAY) * DAY,
  after: (time: number) => (Math.floor(time / DAY) + 1) * DAY,
}

function opened(store: MemoryStore): StorageDriver {
  const driver = memory({ store })
  void driver.open()
  return driver
}

function box(writer: string, start: number, values: readonly number[], final: boolean): Box {
  const point = new Point(true)
  values.forEach((value, i) => point.observe(value, start + i))
  const entries = [{ metric: METRIC, labels: hash('x'), point }]
  return { tier: '1m', start, writer, ...pack(minuteOf(writer, 'h', start, final), entries) }
}

async function put(driver: StorageDriver, ...boxes: Box[]): Promise<void> {
  await driver.put({ boxes, names: [], events: [], time: 0 })
}

/** What each tier has of the metric: count, sum, median. */
async function totals(driver: StorageDriver): Promise<(readonly number[])[]> {
  const all: (readonly number[])[] = []
  for (const tier of TIERS) {
    const point = new Point(true)
    const selector = { tier, which: 'sealed', from: 0, to: Number.MAX_SAFE_INTEGER, detail: true } as const
    for await (const one of driver.boxes(selector)) new OpenedBox(one).fold(METRIC, true, () => point)
    all.push([point.count, point.total, Math.round(point.quantile(0.5))])
  }
  return all
}

const everywhere = (total: readonly number[]): (readonly number[])[] => TIERS.map(() => total)

test('what a writer puts after it was taken for dead is added on every tier, once', async () => {
  const driver = opened(new MemoryStore())
  const sealer = new Sealer(driver, { days })
  await put(driver, box('a', START, [1, 100], false), box('b', START, [-3], true), box('b', START + DAY, [9], true))
  await sealer.run(START + 3 * DAY)
  assert.deepEqual(await totals(driver), everywhere([4, 107, 1]))
  const more = [1, 100, 100, 100, -3, 0, 0]
  await put(driver, box('a', START, more.slice(0, 4), false))
  await sealer.run(START + 3 * DAY)
  assert.deepEqual(await totals(driver), everywhere([6, 307, 9]))
  for (const _ of ['at once', 'by a retry']) {
    await put(driver, box('a', START, more, true))
    await sealer.run(START + 3 * DAY)
    assert.deepEqual(await totals(driver), everywhere([9, 304, 1]))
  }
})

test('somebody who adds a minute and somebody who makes the hour of it at the same time cannot both win', async () => {
  const store = new MemoryStore()
  const [one, other] = [opened(store), opened(store)]
  await put(one, box('a', START, [1], true), box('a', START + 2 * HOUR, [1], true))
  // The first stops right before it seals the minute that comes late; meanwhile the second makes everything.
  const slow: StorageDriver = new Proxy(one, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'seal')
        return async (next: readonly Box[], from: readonly Box[]) => {
          if (from.some(({ writer }) => writer === 'late')) await new Sealer(other, { days }).run(START + 3 * DAY)
          return target.seal(next, from)
        }
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  await new Sealer(other, { days }).run(START + 10 * MINUTE)
  await put(one, box('late', START + 16 * MINUTE, [10], true))
  await new Sealer(slow, { days }).run(START + 3 * HOUR)
  await new Sealer(other, { days }).run(START + 3 * DAY)
  assert.deepEqual(await totals(one), everywhere([3, 12, 1]))
})

test('an hour is not made of quarters as long as one of them is still to be made', async () => {
  const driver = opened(new MemoryStore())
  await put(driver, box('a', START, [1], true), box('a', START + 20 * MINUTE, [1], true))
  const failing: StorageDriver = new Proxy(driver, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      const isSecond = ({ tier, start }: Box): boolean => tier === '15m' && start > START
      if (key === 'seal')
        return (next: readonly Box[], from: readonly Box[]) => !next.some(isSecond) && target.seal(next, from)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  await new Sealer(failing, { days }).run(START + 3 * DAY)
  assert.deepEqual(
    (await totals(driver)).map(([count]) => count),
    [2, 1, 0, 0]
  )
  await new Sealer(driver, { days }).run(START + 3 * DAY)
  assert.deepEqual(await totals(driver), everywhere([2, 2, 1]))
})

test('what comes late where nothing had come is on every tier, also if the sealer never hears that it was kept', async () => {
  const store = new MemoryStore()
  const [one, other] = [opened(store), opened(store)]
  await put(one, box('a', START, [1], true), box('a', START + 2 * DAY, [1], true))
  await new Sealer(other, { days }).run(START + 4 * DAY)
  // Right before its seal others go past the gap again, and its reply is lost.
  const cut: StorageDriver = new Proxy(one, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'seal')
        return async (next: readonly Box[], from: readonly Box[]) => {
          if (!from.some(({ writer }) => writer === 'late')) return target.seal(next, from)
          await new Sealer(other, { days }).run(START + 4 * DAY, 0)
          await target.seal(next, from)
          throw new Error('It did not arrive.')
        }
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  for (const [at, sum] of [
    [16 * MINUTE, 12],
    [3 * HOUR, 22],
    [3 * HOUR + 16 * MINUTE, 32],
  ] as const) {
    // Others wait for its writer (`sure`), who is taken for dead here.
    await put(one, box('late', START + at, [10], false))
    await assert.rejects(new Sealer(cut, { days }).run(START + 4 * DAY))
    await new Sealer(other, { days }).run(START + 4 * DAY)
    assert.deepEqual(
      (await totals(one)).map(([, total]) => total),
      [sum, sum, sum, sum]
    )
  }
})
