import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Entry, OpenedBox, pack, packInSteps } from '../../src/core/box.ts'
import { covers, minuteOf, type Window } from '../../src/core/window.ts'
import { hash } from '../../src/core/ids.ts'
import { copy, mergeBoxes, mergeContents } from '../../src/core/merge.ts'
import { Point } from '../../src/core/point.ts'

const START = Date.UTC(2026, 10, 22, 10, 30)

const amounts = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.integer({ min: 0, max: 100_000 }).map((cents) => cents / 100),
  fc.double({ min: -1e200, max: 1e200, noNaN: true }),
  fc.constantFrom(0, 1, 0.1, 5e-324, -5e-324, 2 ** 52, 2 ** 53, -(2 ** 53), 1e288, -1e288)
)

interface Seen {
  readonly metric: string
  readonly labels: string
  readonly value: number
  readonly at: number
}

const seen: fc.Arbitrary<Seen> = fc.record({
  metric: fc.constantFrom('a', 'b', 'c'),
  labels: fc.constantFrom('x', 'y', 'z', 'ä✓'),
  value: amounts,
  at: fc.integer({ min: -1, max: 59_999 }).map((ms) => (ms < 0 ? -1 : START + ms)),
})

/** Metric `a` has no histogram, `b` has one, `c` keeps no last value. */
function gather(values: readonly Seen[]): Entry[] {
  const points = new Map<string, Entry>()
  for (const { metric, labels, value, at } of values) {
    const key = metric + labels
    const entry = points.get(key) ?? { metric: hash(metric), labels: hash(labels), point: new Point(metric !== 'a') }
    entry.point.observe(value + 0, metric === 'c' ? -1 : at)
    points.set(key, entry)
  }
  return [...points.values()]
}

/** All that a reader can see of a point. */
function facts(point: Point): unknown {
  const buckets: number[][] = []
  point.buckets?.each((low, high, count) => buckets.push([low, high, count]))
  return {
    count: point.count,
    parts: point.sum.parts(),
    min: point.min,
    max: point.max,
    last: point.at < 0 ? null : point.last,
    at: point.at,
    buckets,
  }
}

function contentOf(entries: Iterable<Entry>): Map<string, unknown> {
  return new Map([...entries].map(({ metric, labels, point }) => [`${metric} ${labels}`, facts(point)]))
}

const window: Window = minuteOf('writer-1', 'host', START, true)

test('unpacking gives back what was packed, whatever was observed', () => {
  fc.assert(
    fc.property(fc.array(seen, { maxLength: 60 }), (values) => {
      const entries = gather(values)
      const opened = new OpenedBox(pack(window, entries))
      assert.deepEqual(contentOf(opened.entries()), contentOf(entries))
      assert.deepEqual({ start: opened.start, end: opened.end, contents: opened.contents, final: opened.final }, window)
    }),
    { numRuns: 500 }
  )
})

test('packing in short turns gives the same bytes', async () => {
  const entries = Array.from({ length: 1000 }, (_, i) => {
    const point = new Point(true)
    point.observe(i, START)
    return { metric: hash('m'), labels: hash(String(i)), point }
  })
  let turns = 0
  const packed = await packInSteps(window, entries, () => {
    turns++
    return Promise.resolve()
  })
  assert.deepEqual(packed, pack(window, entries))
  assert.ok(turns >= 10)
})

test('merging boxes in any order and grouping gives the same bytes and loses no count', () => {
  // Two values at one moment have no order between processes, so each value has a moment of its own.
  const apart = fc
    .array(seen, { minLength: 1, maxLength: 40 })
    .map((list) => list.map((one, i) => ({ ...one, at: one.at < 0 ? -1 : START + i })))
  fc.assert(
    fc.property(apart, fc.infiniteStream(fc.nat(3)), (values, places) => {
      const parts: Seen[][] = [[], [], [], []]
      for (const value of values) parts[places.next().value as number]!.push(value)
      const boxes = parts.map((part, i) => new OpenedBox(pack(minuteOf(`w${i}`, 'h', START, true), gather(part))))
      const at = { start: START, end: START + 60_000 }
      const all = mergeBoxes(at, boxes)
      const reverse = mergeBoxes(at, [...boxes].reverse())
      const left = new OpenedBox(mergeBoxes(at, boxes.slice(0, 2)))
      const right = new OpenedBox(mergeBoxes(at, boxes.slice(2)))
      assert.deepEqual(reverse, all)
      assert.deepEqual(mergeBoxes(at, [right, left]), all)
      assert.deepEqual(contentOf(new OpenedBox(all).entries()), contentOf(gather(values)))
    }),
    { numRuns: 300 }
  )
})

test('a point that is one value over and over takes few bytes', () => {
  const point = new Point()
  for (let i = 0; i < 500; i++) point.observe(1, START + i)
  const one = pack(window, [{ metric: hash('m'), labels: hash('l'), point }]).numbers.length
  const none = pack(window, []).numbers.length
  assert.ok(one - none <= 30, `${one - none} bytes`)
})

test('folding takes one metric and the label sets that are wanted', () => {
  const entries = gather([
    { metric: 'a', labels: 'x', value: 1, at: START },
    { metric: 'b', labels: 'x', value: 2, at: START },
    { metric: 'b', labels: 'y', value: 3, at: START },
  ])
  const opened = new OpenedBox(pack(window, entries))
  const sum = new Point()
  opened.fold(hash('b'), true, (labels) =>
    opened.labels[2 * labels] === Number.parseInt(hash('y').slice(0, 8), 16) ? sum : undefined
  )
  assert.equal(sum.total, 3)
  assert.equal(sum.quantile(0.5), 3)
  assert.equal(opened.points(hash('b')), 2)
  assert.equal(opened.points(hash('nothing')), 0)
  const scalars = new Point()
  opened.fold(hash('b'), false, () => scalars)
  assert.equal(scalars.buckets, undefined)
  opened.fold(hash('nothing'), true, () => assert.fail())
})

test('counts of ones are read as they were written, however many, whenever the last came', () => {
  const edges = [7, 14, 21, 28, 35].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** (bits - 1) - 1, 2 ** (bits - 1)])
  const count = fc.constantFrom(1, ...edges)
  const away = fc.constantFrom(0, ...edges.flatMap((edge) => [edge, -edge]))
  const one = fc.record({
    count,
    away,
    value: fc.constantFrom(1, 1, 1, 2, -1),
    labels: seen.map(({ labels }) => labels),
  })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (all) => {
      const entries = all.map(({ count: times, away: ms, value, labels }, i): Entry => {
        const point = new Point()
        point.count = times
        point.sum.add(times * value)
        point.min = point.max = value
        point.latest(value, START + ms)
        return { metric: hash(`m${i}`), labels: hash(labels), point }
      })
      const opened = new OpenedBox(pack(window, entries))
      assert.deepEqual(contentOf(opened.entries()), contentOf(entries))
      for (const { metric, point } of entries) {
        const before = new Point()
        before.observe(0, START)
        const both = copy(before)
        both.merge(point)
        opened.fold(metric, false, () => before)
        assert.deepEqual(facts(before), facts(both))
        opened.fold(metric, false, () => undefined)
      }
    })
  )
})

test('folding in steps is folding, with a breath after each step', () => {
  fc.assert(
    fc.property(fc.array(seen, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (all, step) => {
      const opened = new OpenedBox(pack(window, gather(all)))
      for (const metric of [...opened.metrics, hash('nothing')]) {
        const [whole, stepwise] = [new Point(), new Point()]
        opened.fold(metric, true, () => whole)
        const breaths = [...opened.foldInSteps(step, metric, true, () => stepwise)].length
        assert.equal(breaths, Math.ceil(opened.points(metric) / step))
        assert.deepEqual(stepwise, whole)
      }
    })
  )
})

test('contents say which minutes of which writers are in a box', () => {
  const minute = START / 60_000
  const joined = mergeContents([
    [{ writer: 'b', instance: 'h', ranges: [[minute, minute + 1]] }],
    [{ writer: 'a', instance: 'h', ranges: [[minute, minute + 1]] }],
    [
      {
        writer: 'b',
        instance: 'i',
        ranges: [
          [minute + 1, minute + 2],
          [minute + 5, minute + 6],
        ],
      },
    ],
  ])
  assert.deepEqual(joined, [
    { writer: 'a', instance: 'h', ranges: [[minute, minute + 1]] },
    {
      writer: 'b',
      instance: 'i',
      ranges: [
        [minute, minute + 2],
        [minute + 5, minute + 6],
      ],
    },
  ])
  assert.ok(covers(joined, 'b', minute + 5))
  assert.ok(!covers(joined, 'b', minute + 2))
  assert.ok(!covers(joined, 'c', minute))
})

test('of more metrics than are looked up fast each is found', () => {
  const ids = Array.from({ length: 1_500 }, (_, i) => hash(`metric ${i}`))
  const entries = ids.map((metric, i): Entry => {
    const point = new Point()
    point.observe(i, START)
    return { metric, labels: hash('x'), point }
  })
  const box = new OpenedBox(pack(window, entries))
  assert.deepEqual(box.metrics, ids)
  for (const metric of [...ids, ...ids]) assert.equal(box.points(metric), 1)
  assert.equal(box.points(hash('another')), 0)
})

test('damaged bytes end in an error or in fewer points, never in a hang', () => {
  const { numbers, detail } = pack(
    window,
    gather([
      { metric: 'b', labels: 'x', value: 2.5, at: START },
      { metric: 'b', labels: 'y', value: -7, at: START },
    ])
  )
  for (let at = 0; at < numbers.length; at++) {
    for (const byte of [0, 127, 255]) {
      const damaged = numbers.slice()
      damaged[at] = byte
      try {
        for (const entry of new OpenedBox({ numbers: damaged, detail }).entries()) assert.ok(entry.point)
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error))
      }
    }
    for (const entry of new OpenedBox({
      numbers: numbers.slice(0, Math.max(at, 1)),
      detail: detail.slice(0, at),
    }).entries())
      assert.ok(entry.point)
  }
  assert.throws(() => new OpenedBox({ numbers: new Uint8Array([9]), detail: new Uint8Array() }), RangeError)
})

test('a copy is a point of its own', () => {
  const point = new Point(true)
  point.observe(-3, START)
  const twin = copy(point)
  point.observe(5, START)
  assert.equal(twin.count, 1)
  assert.equal(twin.quantile(1), -3)
})
