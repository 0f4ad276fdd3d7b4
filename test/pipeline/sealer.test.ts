import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OpenedBox, pack } from '../../src/core/box.ts'
import { type Contents, covers, minuteOf } from '../../src/core/window.ts'
import { hash } from '../../src/core/ids.ts'
import { Point } from '../../src/core/point.ts'
import { TIERS, type Tier } from '../../src/core/tiers.ts'
import { Sealer } from '../../src/pipeline/sealer.ts'
import type { Box, StorageDriver } from '../../src/storage/driver.ts'
import { memory as closed } from '../../src/storage/memory.ts'

function memory(): StorageDriver {
  const driver = closed()
  void driver.open()
  return driver
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 10, 22)
const METRIC = hash('revenue')

const days = {
  startOf: (time: number) => Math.floor(time / DAY) * DAY,
  after: (time: number) => (Math.floor(time / DAY) + 1) * DAY,
}

function box(writer: string, start: number, values: readonly number[], final: boolean = true): Box {
  const point = new Point(true)
  values.forEach((value, i) => point.observe(value, start + i))
  const entries = values.length === 0 ? [] : [{ metric: METRIC, labels: hash('x'), point }]
  return { tier: '1m', start, writer, ...pack(minuteOf(writer, 'h', start, final), entries) }
}

async function put(driver: StorageDriver, ...boxes: Box[]): Promise<void> {
  await driver.put({ boxes, names: [], events: [], time: 0 })
}

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function sealed(driver: StorageDriver, tier: Tier): Promise<Box[]> {
  return listed(driver.boxes({ tier, which: 'sealed', from: 0, to: Number.MAX_SAFE_INTEGER, detail: true }))
}

async function open(driver: StorageDriver): Promise<Box[]> {
  return listed(driver.boxes({ tier: '1m', which: 'open', from: 0, to: Number.MAX_SAFE_INTEGER, detail: true }))
}

function totalOf(boxes: readonly Box[]): { count: number; sum: number } {
  const point = new Point()
  for (const one of boxes) new OpenedBox(one).fold(METRIC, true, () => point)
  return { count: point.count, sum: point.total }
}

/** What a reader sees on one tier and everything finer where it is not there: the invariant. */
async function readable(driver: StorageDriver, tier: Tier): Promise<{ count: number; sum: number }> {
  const found: Box[] = []
  let holes: [number, number][] = [[0, Number.MAX_SAFE_INTEGER]]
  const contents: Contents[] = []
  for (const one of TIERS.slice(0, TIERS.indexOf(tier) + 1).reverse()) {
    const next: [number, number][] = []
    for (const [from, to] of holes) {
      let at = from
      for (const candidate of await sealed(driver, one)) {
        const opened = new OpenedBox(candidate)
        if (candidate.start < at || opened.end > to) continue
        found.push(candidate)
        contents.push(...opened.contents)
        next.push([at, candidate.start])
        at = opened.end
      }
      next.push([at, to])
    }
    holes = next
  }
  const fresh = (await open(driver)).filter((one) => !covers(contents, one.writer, one.start / MINUTE))
  return totalOf([...found, ...fresh])
}

test('a finished minute of two writers becomes one sealed box, and the open ones go', async () => {
  const driver = memory()
  await put(driver, box('a', START, [1, 2]), box('b', START, [4]))
  assert.equal(await new Sealer(driver, { days }).run(START + 2 * MINUTE), 2)
  assert.deepEqual(await open(driver), [])
  const boxes = await sealed(driver, '1m')
  assert.equal(boxes.length, 1)
  assert.equal(boxes[0]!.writer, '*')
  assert.deepEqual(totalOf(boxes), { count: 3, sum: 7 })
  assert.deepEqual(
    new OpenedBox(boxes[0]!).contents.map(({ writer }) => writer),
    ['a', 'b']
  )
})

test('a minute that its writer may still extend waits until the writer is taken for dead', async () => {
  const driver = memory()
  const sealer = new Sealer(driver, { days })
  await put(driver, box('a', START, [1], false))
  assert.equal(await sealer.run(START + 10 * MINUTE), 0)
  assert.equal(await sealer.run(START + 12 * MINUTE), 1)
})

test('a late box joins every tier that is sealed already', async () => {
  const driver = memory()
  const sealer = new Sealer(driver, { days })
  await put(driver, box('a', START, [1]), box('a', START + HOUR, [1]))
  await sealer.run(START + 2 * DAY)
  await put(driver, box('late', START + 5 * MINUTE, [10]))
  await sealer.run(START + 2 * DAY)
  for (const tier of TIERS) assert.deepEqual(totalOf(await sealed(driver, tier)), { count: 3, sum: 12 }, tier)
  assert.deepEqual((await sealed(driver, '1d')).length, 1)
})

test('a late box in a window that had none makes the coarser boxes after all', async () => {
  const driver = memory()
  const sealer = new Sealer(driver, { days })
  await put(driver, box('a', START, [1]), box('a', START + 3 * DAY, [1]))
  await sealer.run(START + 5 * DAY)
  await put(driver, box('late', START + DAY + 7 * MINUTE, [10]))
  await sealer.run(START + 5 * DAY)
  for (const tier of TIERS) {
    const boxes = (await sealed(driver, tier)).filter(({ start }) => start >= START + DAY && start < START + 2 * DAY)
    assert.deepEqual(totalOf(boxes), { count: 1, sum: 10 }, tier)
  }
})

test('years without a box, where a clock was wrong, are passed over at once', async () => {
  const kept = memory()
  await put(kept, box('a', HOUR, [1]), box('a', START, [2]))
  let reads = 0
  const driver = new Proxy(kept, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'boxes') reads++
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  await new Sealer(driver, { days }).run(START + 2 * DAY)
  for (const tier of TIERS) assert.deepEqual(totalOf(await sealed(kept, tier)), { count: 2, sum: 3 }, tier)
  assert.ok(reads < 100, `${reads}`)
})

test('a day is made of its hours where quarters are gone', async () => {
  const driver = memory()
  const sealer = new Sealer(driver, { days })
  await put(driver, ...[0, 1, 2, 3].map((hour) => box('a', START + hour * HOUR, [1])))
  await sealer.run(START + 5 * HOUR)
  for (const tier of ['1m', '15m'] as const) await driver.prune(tier, START + 3 * HOUR)
  await sealer.run(START + 2 * DAY)
  assert.deepEqual(totalOf(await sealed(driver, '1d')), { count: 4, sum: 4 })
})

test('who was alive at the last moment that is sure is not taken for dead by a leap of the clock', async () => {
  const driver = memory()
  const sealer = new Sealer(driver, { days })
  await put(driver, box('a', START, [1], false))
  assert.equal(await sealer.run(START + DAY, START + MINUTE), 0)
  assert.equal(await sealer.run(START + DAY, START + 12 * MINUTE), 1)
})

test('a box that was sealed and is put again by a retry is dropped', async () => {
  const driver = memory()
  const sealer = new Sealer(driver, { days })
  await put(driver, box('a', START, [1]))
  await sealer.run(START + HOUR)
  await put(driver, box('a', START, [1]))
  assert.deepEqual(await readable(driver, '15m'), { count: 1, sum: 1 })
  assert.equal(await sealer.run(START + HOUR), 0)
  assert.deepEqual(await open(driver), [])
  assert.deepEqual(totalOf(await sealed(driver, '15m')), { count: 1, sum: 1 })
})

test('a day runs from where the last one ended to the next midnight, so a change of zone leaves no gap and no overlap', async () => {
  const driver = memory()
  await put(driver, ...[0, 1, 2].map((day) => box('a', START + day * DAY, [1])))
  await new Sealer(driver, { days }).run(START + 2 * DAY + HOUR)
  const shifted = {
    startOf: (time: number) => days.startOf(time + 6 * HOUR) - 6 * HOUR,
    after: (time: number) => days.after(time + 6 * HOUR) - 6 * HOUR,
  }
  await put(driver, ...[3, 4].map((day) => box('a', START + day * DAY, [1])))
  await new Sealer(driver, { days: shifted }).run(START + 6 * DAY)
  const spans = (await sealed(driver, '1d'))
    .map((one) => new OpenedBox(one))
    .map(({ start, end }) => [start, end] as const)
  spans.reduce((before, [start, end]) => {
    assert.ok(start >= before)
    return end
  }, 0)
  assert.deepEqual(totalOf(await sealed(driver, '1d')), { count: 5, sum: 5 })
})

test('sealing at random moments, with retries, dead writers and late boxes, changes no total on any tier', async () => {
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('put' as const),
        writer: fc.constantFrom('a', 'b', 'c'),
        minute: fc.nat(3000),
        values: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 3 }),
        final: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('seal' as const), minute: fc.nat(5000) }) }
  )
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 30 }), async (actions) => {
      const driver = memory()
      const sealer = new Sealer(driver, { days })
      const sent = new Map<string, { box: Box; values: readonly number[] }>()
      for (const step of actions) {
        if (step.do === 'seal') await sealer.run(START + step.minute * MINUTE)
        else if (step.do === 'again') {
          const chosen = [...sent.values()][step.which % Math.max(sent.size, 1)]
          if (chosen !== undefined) await put(driver, chosen.box)
        } else {
          const key = `${step.writer} ${step.minute}`
          if (sent.has(key)) continue
          const made = box(step.writer, START + step.minute * MINUTE, step.values, step.final)
          sent.set(key, { box: made, values: step.values })
          await put(driver, made)
        }
        const all = [...sent.values()].flatMap(({ values }) => values)
        const expected = { count: all.length, sum: all.reduce((a, b) => a + b, 0) }
        for (const tier of TIERS) assert.deepEqual(await readable(driver, tier), expected, tier)
      }
    }),
    { numRuns: 150 }
  )
})

test('a seal that loses a race changes nothing and is made good by the next run', async () => {
  const driver = memory()
  await put(driver, box('a', START, [1]))
  const losing: StorageDriver = new Proxy(driver, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'seal') return () => false
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  assert.equal(await new Sealer(losing, { days }).run(START + DAY * 2), 0)
  assert.equal((await open(driver)).length, 1)
  await new Sealer(driver, { days }).run(START + DAY * 2)
  assert.deepEqual(totalOf(await sealed(driver, '1d')), { count: 1, sum: 1 })
})

test('the same boxes sealed by two stores give the same bytes', async () => {
  const one = memory()
  const other = memory()
  const boxes = [box('a', START, [0.1, 0.2]), box('b', START, [0.3]), box('a', START + MINUTE, [5])]
  await put(one, ...boxes)
  await new Sealer(one, { days }).run(START + 2 * DAY)
  for (const late of boxes.reverse()) {
    await put(other, late)
    await new Sealer(other, { days }).run(START + 2 * DAY)
  }
  for (const tier of TIERS) assert.deepEqual(await sealed(other, tier), await sealed(one, tier))
})
