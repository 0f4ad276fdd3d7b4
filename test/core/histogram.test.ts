import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bounds, bucketOf, Histogram } from '../../src/core/histogram.ts'
import { Point } from '../../src/core/point.ts'

const BOUND = 0.0055

/** A generator of numbers in [0, 1) that gives the same ones in each run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

const DISTRIBUTIONS: Record<string, (next: () => number) => number> = {
  uniform: (next) => next() * 1000,
  normal: (next) => 100 + 15 * normal(next),
  'log-normal': (next) => Math.exp(3 + normal(next)),
  'heavy-tailed': (next) => 1 / (1 - next()) ** 2,
  bimodal: (next) => (next() < 0.5 ? 2 + next() : 900 + 50 * next()),
  constant: () => 42.5,
  negative: (next) => -Math.exp(2 * normal(next)),
  'negative, zero and positive': (next) => Math.round(normal(next) * 5),
  denormal: (next) => next() * 1e-310,
  huge: (next) => 1e280 * (1 + next()),
}

for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
  test(`every quantile of a ${name} distribution is within 0.55 % of the exact one`, () => {
    const next = random(7)
    const values = Array.from({ length: 5000 }, () => draw(next))
    const point = new Point(true)
    for (const value of values) point.observe(value, 0)
    const sorted = values.sort((a, b) => a - b)
    for (const q of [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1]) {
      const exact = sorted[Math.max(Math.ceil(q * sorted.length), 1) - 1]!
      // The smallest denormals are apart by more than the bound itself.
      const allowed = Math.max(BOUND * Math.abs(exact), Number.MIN_VALUE)
      assert.ok(Math.abs(point.quantile(q) - exact) <= allowed, `p${q * 100}: ${point.quantile(q)} for ${exact}`)
    }
  })
}

test('a bucket holds exactly the values above its lower and up to its upper end', () => {
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: 1e300, noNaN: true }), (value) => {
      const [low, high] = bounds(bucketOf(value))
      // 2 ** x is rounded: a value within one unit of an end may be on either side.
      assert.ok(
        value >= low * (1 - 2 ** -52) && value <= Math.max(high * (1 + 2 ** -52), Number.MIN_VALUE),
        `${low} < ${value} ≤ ${high}`
      )
    }),
    { numRuns: 2000 }
  )
  for (let power = -1074; power < 1024; power++) assert.equal(bucketOf(2 ** power), power * 64 - 1)
})

test('buckets grow with values', () => {
  const positive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(positive, positive, (a, b) => a > b || bucketOf(a) <= bucketOf(b)),
    { numRuns: 2000 }
  )
})

test('buckets are visited by growing value and keep every count', () => {
  const histogram = new Histogram()
  for (const value of [3, -5, 0, 0, 1e-9, -1e9, 7, 7, 7]) histogram.add(value)
  let before = -Infinity
  let sum = 0
  histogram.each((low, high, count) => {
    assert.ok(low >= before && high >= low)
    before = high
    sum += count
  })
  assert.equal(sum, 9)
})

test('two values have their own percentiles: p99 of 1 and 100 is 100', () => {
  const point = new Point(true)
  point.observe(1, 0)
  point.observe(100, 0)
  assert.equal(point.quantile(0.5), 1)
  assert.equal(point.quantile(0.99), 100)
})

test('an empty point has no quantile', () => {
  assert.ok(Number.isNaN(new Point(true).quantile(0.5)))
  const plain = new Point()
  plain.observe(1, 0)
  assert.ok(Number.isNaN(plain.quantile(0.5)))
})

test('of a histogram that holds fewer than a point says, as of one that is damaged, there is a rank all the same', () => {
  const point = new Point(true)
  for (const value of [1, 5, 70_000]) point.observe(value, 0)
  point.count = 10
  for (const q of [0.1, 0.3, 0.5, 0.9, 0.99]) {
    const value = point.quantile(q)
    assert.ok(value >= 1 && value <= 70_000, `${q}: ${value}`)
  }
})
