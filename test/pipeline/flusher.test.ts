import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenedBox } from '../../src/core/box.ts'
import { Point } from '../../src/core/point.ts'
import { Registry } from '../../src/core/registry.ts'
import type { Event } from '../../src/core/event.ts'
import { Guard } from '../../src/guard.ts'
import { Flusher } from '../../src/pipeline/flusher.ts'
import type { Batch } from '../../src/storage/driver.ts'
import { fakeClock } from '../../src/testing.ts'

const VISITS = { name: 'visits', kind: 'counter', unit: 'count', buckets: false }
const SECOND = 1000

interface Fault {
  /** Rejects the next so many puts. */
  failures: number
  /** Keeps the batch and rejects all the same: a reply that was lost. */
  keeps: boolean
  gate?: Promise<void>
}

function setUp() {
  const clock = fakeClock()
  const lines: string[] = []
  const guard = new Guard(clock, (line) => lines.push(line))
  const registry = new Registry({
    writer: 'w',
    labels: {},
    maxSeries: 1e6,
    maxSeriesPerMetric: 1e6,
    overflow: 'o',
    overflowed: () => undefined,
  })
  const batches: Batch[] = []
  const shelf = new Map<string, Batch['boxes'][number]>()
  const fault: Fault = { failures: 0, keeps: false }
  const events: Event[] = []
  const store = {
    async put(batch: Batch) {
      await fault.gate
      batches.push(batch)
      const fails = fault.failures-- > 0
      if (!fails || fault.keeps) for (const box of batch.boxes) shelf.set(`${box.writer} ${box.start}`, box)
      if (fails) throw new Error('no answer')
    },
  }
  const tail = { drain: () => events.splice(0) }
  const flusher = new Flusher({ registry, store, clock, guard, instance: 'h', tails: [tail], sample: () => undefined })
  const series = registry.series(VISITS, {})
  const kept = () => {
    const sum = new Point()
    for (const box of shelf.values()) new OpenedBox(box).fold(new OpenedBox(box).metrics[0] ?? '', false, () => sum)
    return sum.count
  }
  return { clock, lines, guard, registry, batches, shelf, fault, events, flusher, series, kept }
}

function event(number: number): Event {
  return { writer: 'w', number, kind: 'track', time: 0, name: 'n', value: 1, weight: 1, labels: {}, fields: {} }
}

test('each flush puts the whole open minute again, and only when it has grown', async () => {
  const { flusher, series, clock, batches, kept } = setUp()
  series.observe(1, clock.now())
  assert.equal(await flusher.flush(), true)
  await flusher.flush()
  assert.equal(batches.length, 1)
  series.observe(1, clock.now())
  await flusher.flush()
  assert.equal(batches.length, 2)
  assert.equal(kept(), 2)
  assert.equal(new OpenedBox(batches[1]!.boxes[0]!).final, false)
})

test('a minute that is over is put once more as final, then forgotten', async () => {
  const { flusher, series, clock, batches, registry } = setUp()
  series.observe(1, clock.now())
  await flusher.flush()
  clock.advance(63 * SECOND)
  await flusher.flush()
  assert.equal(new OpenedBox(batches[1]!.boxes[0]!).final, true)
  assert.equal(registry.windows.length, 0)
  await flusher.flush()
  assert.equal(batches.length, 2)
})

test('a lost reply is put again and counts once', async () => {
  const { flusher, series, clock, fault, kept, lines } = setUp()
  series.observe(1, clock.now())
  Object.assign(fault, { failures: 2, keeps: true })
  assert.equal(await flusher.flush(), false)
  clock.advance(63 * SECOND)
  series.observe(1, clock.now())
  assert.equal(await flusher.flush(), false)
  assert.equal(await flusher.flush(), true)
  assert.equal(kept(), 2)
  assert.equal(lines.length, 1)
})

test('the timer leaves a failing store alone for a while, longer each time', async () => {
  const { flusher, series, clock, fault, batches } = setUp()
  series.observe(1, clock.now())
  fault.failures = 3
  await flusher.tick()
  await flusher.tick()
  assert.equal(batches.length, 1)
  clock.advance(200)
  await flusher.tick()
  assert.equal(batches.length, 2)
  clock.advance(130)
  await flusher.tick()
  assert.equal(batches.length, 2)
})

test('one batch is in flight, also when somebody comes again the moment a flush ends for which others wait', async () => {
  const { flusher, series, clock, batches, events, fault } = setUp()
  let atOnce = 0
  const gate = async (): Promise<void> => {
    assert.equal(++atOnce, 1)
    await new Promise(setImmediate)
    atOnce--
  }
  Object.defineProperty(fault, 'gate', { get: gate })
  let number = 0
  const record = (): void => {
    series.observe(1, clock.now())
    events.push(event(++number))
  }
  const again = async (times: number): Promise<void> => {
    for (; times > 0; times--) {
      record()
      assert.equal(await flusher.flush(), true)
    }
  }
  await Promise.all([again(5), again(5), again(5)])
  const numbers = batches.flatMap((batch) => batch.events.map((one) => one.number))
  assert.deepEqual(
    numbers,
    Array.from({ length: number }, (_, place) => place + 1)
  )
})

test('readers that come while a flush runs share the next one, which has what they recorded', async () => {
  const { flusher, series, clock, fault, batches, kept } = setUp()
  let open: () => void = () => undefined
  fault.gate = new Promise((resolve) => (open = resolve))
  series.observe(1, clock.now())
  const first = flusher.flush()
  await new Promise((resolve) => setImmediate(resolve))
  series.observe(1, clock.now())
  const second = flusher.flush()
  const third = flusher.flush()
  assert.equal(second, third)
  assert.equal(await flusher.tick(), false)
  open()
  await Promise.all([first, second])
  assert.equal(batches.length, 2)
  assert.equal(kept(), 2)
})

test('names go with the first batch and are told again after a failure', async () => {
  const { flusher, series, clock, fault, batches } = setUp()
  series.observe(1, clock.now())
  fault.failures = 1
  await flusher.flush()
  await flusher.flush()
  series.observe(1, clock.now())
  await flusher.flush()
  assert.deepEqual(
    batches.map((batch) => batch.names.length),
    [2, 2, 0]
  )
})

test('events go in order, in batches, and none is lost or doubled by a failure', async () => {
  const { flusher, events, fault, batches } = setUp()
  for (let i = 1; i <= 4500; i++) events.push(event(i))
  await flusher.flush()
  assert.deepEqual(
    batches.map((batch) => batch.events.length),
    Array.from({ length: 18 }, () => 250)
  )
  events.push(event(4501))
  fault.failures = 1
  await flusher.flush()
  assert.deepEqual(flusher.waiting, { boxes: 0, events: 1 })
  await flusher.flush()
  assert.deepEqual(
    batches.at(-1)!.events.map(({ number }) => number),
    [4501]
  )
})

test('an outage keeps minutes and events up to a limit; what goes is counted and said once', async () => {
  const { flusher, events, fault, registry, clock, lines, kept } = setUp()
  fault.failures = Infinity
  const many = Array.from({ length: 4000 }, (_, i) => registry.series(VISITS, { page: `${i}` }))
  let sent = 0
  for (let minute = 0; minute < 450; minute++) {
    for (const one of many) one.observe(1, clock.now())
    sent += many.length
    for (let i = 0; i < 100; i++) events.push(event(minute * 100 + i + 1))
    clock.advance(60 * SECOND)
    await flusher.flush()
  }
  assert.equal(flusher.waiting.events, 20_000)
  assert.equal(flusher.drops.get('events'), 45_000 - 20_000)
  assert.ok(flusher.drops.get('minutes')! > 0)
  assert.ok(lines.filter((line) => line.includes('dropped')).length <= 2 * 46)
  fault.failures = 0
  clock.advance(63 * SECOND)
  await flusher.flush()
  assert.equal(kept(), sent - flusher.drops.get('minutes')! * many.length)
})

test('a tail or a gauge that throws stops nothing', async () => {
  const { registry, clock, guard, series, batches } = setUp()
  const put = async (batch: Batch) => void batches.push(batch)
  const broken = () => {
    throw new Error('mine')
  }
  const flusher = new Flusher({
    registry,
    store: { put },
    clock,
    guard,
    instance: 'h',
    tails: [{ drain: broken }],
    sample: broken,
  })
  series.observe(1, clock.now())
  assert.equal(await flusher.flush(), true)
  assert.equal(batches.length, 1)
  assert.equal(flusher.lastAt, clock.now())
  assert.equal(guard.counts.get('sampling gauges'), 1)
})

test('what an outage has left goes in portions, and a flush that succeeds has put all of them', async () => {
  const { flusher, registry, clock, fault, batches, kept } = setUp()
  const all = Array.from({ length: 20_000 }, (_, index) => registry.series(VISITS, { index: `${index}` }))
  fault.failures = Infinity
  for (let minute = 0; minute < 12; minute++) {
    for (const series of all) series.observe(1, clock.now())
    clock.advance(63 * SECOND)
    assert.equal(await flusher.flush(), false)
  }
  const tried = batches.length
  fault.failures = 0
  assert.equal(await flusher.flush(), true)
  assert.equal(kept(), 12 * 20_000)
  assert.equal(flusher.waiting.boxes, 0)
  const sizes = batches.slice(tried).map(({ boxes }) => boxes.reduce((sum, box) => sum + box.numbers.length, 0))
  assert.ok(sizes.length > 1 && sizes.every((bytes) => bytes < 2_500_000), String(sizes))
})

test('what waits is put in many turns, also where the store answers at once', async () => {
  const { flusher, events, batches, fault } = setUp()
  for (let number = 1; number <= 5_000; number++) events.push(event(number))
  const busy = (): void => {
    for (const until = performance.now() + 1; performance.now() < until;);
  }
  Object.defineProperty(fault, 'gate', { get: busy })
  let [turns, running] = [0, true]
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  assert.equal(await flusher.flush(), true)
  running = false
  assert.equal(batches.length, 20)
  assert.ok(turns >= 10, String(turns))
})
