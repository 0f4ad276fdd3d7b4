import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Entry, OpenedBox, pack } from '../../src/core/box.ts'
import { ByteReader, ByteWriter } from '../../src/core/bytes.ts'
import { hash } from '../../src/core/ids.ts'
import { copy, mergeBoxes } from '../../src/core/merge.ts'
import { Point } from '../../src/core/point.ts'
import { MOST_KEYS, Sketch } from '../../src/core/sketch.ts'
import { minuteOf } from '../../src/core/window.ts'

type Hash = readonly [hi: number, lo: number]

const START = Date.UTC(2026, 10, 22, 10, 30)

/** Well-mixed numbers from a seed (after splitmix32). */
function stream(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
}

/** Hashes of different ids, always the same ones. */
function hashes(count: number, seed: number = 1): Hash[] {
  const [high, low] = [stream(seed), stream(seed + 0x10001)]
  return Array.from({ length: count }, () => [high(), low()] as const)
}

function sketchOf(ids: Iterable<Hash>): Sketch {
  const sketch = new Sketch()
  for (const [hi, lo] of ids) sketch.add(hi, lo)
  return sketch
}

function bytesOf(sketch: Sketch): Uint8Array {
  const out = new ByteWriter()
  sketch.writeTo(out)
  return out.take()
}

function read(bytes: Uint8Array, into: Sketch = new Sketch()): Sketch {
  into.mergeFrom(new ByteReader(bytes))
  return into
}

function merged(...sketches: readonly Sketch[]): Sketch {
  const all = new Sketch()
  for (const sketch of sketches) all.merge(sketch)
  return all
}

const nasty = fc.constantFrom(0, 1, 63, 64, 127, 128, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffc0000, 0x3ffff)
const half = fc.oneof(nasty, fc.nat(0xffffffff))
const few: fc.Arbitrary<Hash[]> = fc.array(fc.tuple(half, half), { maxLength: 80 })
/** Sets on both sides of where the sparse form ends. */
const many = fc
  .record({ seed: fc.nat(50), from: fc.nat(2000), count: fc.constantFrom(0, 1, 700, 2900, 3200, 6000), also: few })
  .map(({ seed, from, count, also }) => [...hashes(from + count, seed).slice(from), ...also])

test('few ids are counted exactly, however often each comes', () => {
  for (const count of [0, 1, 2, 50, 1000, 3000]) {
    const ids = hashes(count)
    assert.equal(sketchOf([...ids, ...ids, ...ids.toReversed()]).estimate, count)
  }
})

test('an estimate is within 2 % of an exact set, from thousands to ten million ids', () => {
  const sizes = [3100, 5000, 10_000, 50_000, 200_000, 1_000_000, 10_000_000]
  const sketch = new Sketch()
  const [high, low] = [stream(77), stream(78)]
  let count = 0
  for (const size of sizes) {
    for (; count < size; count++) sketch.add(high(), low())
    const error = Math.abs(sketch.estimate / size - 1)
    assert.ok(error <= 0.02, `${size} ids: ${sketch.estimate}`)
  }
})

test('over many sets the error is within 2 % nineteen times in twenty, and leans to no side', () => {
  for (const size of [4000, 20_000, 60_000]) {
    const errors = Array.from({ length: 60 }, (_, seed) => sketchOf(hashes(size, 1000 + seed)).estimate / size - 1)
    assert.ok(errors.filter((error) => Math.abs(error) > 0.02).length <= 3, `${size} ids: ${errors.join(' ')}`)
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
    assert.ok(Math.abs(mean) < 0.004, `${size} ids: ${mean}`)
  }
})

test('merging is associative, commutative and idempotent, and the same as one sketch of all, byte for byte', () => {
  fc.assert(
    fc.property(many, many, few, (a, b, c) => {
      const [x, y, z] = [sketchOf(a), sketchOf(b), sketchOf(c)]
      const all = bytesOf(sketchOf([...c, ...b, ...a]))
      assert.deepEqual(bytesOf(merged(merged(x, y), z)), all)
      assert.deepEqual(bytesOf(merged(x, merged(y, z))), all)
      assert.deepEqual(bytesOf(merged(z, y, x, x, y)), all)
      assert.deepEqual(bytesOf(read(bytesOf(z), read(bytesOf(y), read(bytesOf(x))))), all)
      assert.equal(merged(x, y, z).estimate, sketchOf([...a, ...b, ...c]).estimate)
    }),
    { numRuns: 60 }
  )
})

test('merging changes nothing in what is merged', () => {
  const [small, large] = [sketchOf(hashes(10)), sketchOf(hashes(9000))]
  const before = bytesOf(small)
  const both = merged(small, large)
  both.add(5, 5)
  assert.deepEqual(bytesOf(small), before)
  assert.equal(small.estimate, 10)
})

test('reading gives back what was written, whatever it was', () => {
  fc.assert(
    fc.property(many, (ids) => {
      const sketch = sketchOf(ids)
      const bytes = bytesOf(sketch)
      const again = read(bytes)
      assert.deepEqual(bytesOf(again), bytes)
      assert.equal(again.estimate, sketch.estimate)
    }),
    { numRuns: 100 }
  )
})

test('registers far above the others come back as they were', () => {
  const far: Hash[] = [0, 5, 9000, 16_383].map((register) => [(register << 18) >>> 0, register])
  const sketch = sketchOf([...hashes(300_000), ...far])
  assert.deepEqual(bytesOf(read(bytesOf(sketch))), bytesOf(sketch))
})

test('a quiet minute takes tens of bytes, and nothing ever more than nine thousand', () => {
  const size = (count: number): number => bytesOf(sketchOf(hashes(count))).length
  assert.ok(size(1) <= 6, `${size(1)} bytes`)
  assert.ok(size(10) <= 45, `${size(10)} bytes`)
  for (const count of [MOST_KEYS, MOST_KEYS + 1, 20_000, 500_000]) {
    assert.ok(size(count) <= 9000, `${count} ids: ${size(count)} bytes`)
    assert.ok(sketchOf(hashes(count)).size <= 16_384)
  }
})

test('more ids never give a smaller estimate where the sparse form ends', () => {
  const sketch = new Sketch()
  let before = 0
  for (const [hi, lo] of hashes(4000)) {
    sketch.add(hi, lo)
    assert.ok(sketch.estimate >= before)
    before = sketch.estimate
  }
})

test('damaged bytes give another sketch, within bounds', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.record({ ids: many, at: fc.nat(), byte: fc.nat(255), end: fc.nat(9000) }).map(({ ids, at, byte, end }) => {
      const whole = bytesOf(sketchOf(ids)).slice(0, end)
      if (whole.length > 0) whole[at % whole.length] = byte
      return whole
    })
  )
  fc.assert(
    fc.property(bytes, (damaged) => {
      const sketch = read(damaged)
      assert.ok(Number.isSafeInteger(sketch.estimate) || sketch.estimate === Infinity)
      assert.ok(sketch.size <= 16_384)
      assert.deepEqual(bytesOf(read(bytesOf(sketch))), bytesOf(sketch))
    }),
    { numRuns: 300 }
  )
})

function pointOf(ids: readonly Hash[], at: number = START): Point {
  const point = new Point()
  ids.forEach(([hi, lo], i) => point.observeId(hi, lo, at + i))
  return point
}

const unique = (point: Point, labels: string): Entry => ({ metric: hash('active'), labels: hash(labels), point })

test('a point counts how often ids came, and how many different ones', () => {
  const ids = hashes(20)
  const point = pointOf([...ids, ...ids])
  assert.deepEqual([point.count, point.sketch?.estimate, point.at], [40, 20, START + 39])
  const other = copy(pointOf(hashes(30).slice(10)))
  other.merge(point)
  assert.deepEqual([other.count, other.sketch?.estimate], [60, 30])
  assert.equal(copy(new Point()).sketch, undefined)
})

test('boxes of four processes are sealed in any order to the bytes of one process', () => {
  const minute = { start: START, end: START + 60_000 }
  const ids = hashes(8000)
  const box = (writer: string, entries: readonly Entry[]): OpenedBox =>
    new OpenedBox(pack(minuteOf(writer, 'h', START, true), entries))
  const plain = new Point(true)
  plain.observe(4, START)
  const histogram = { metric: hash('time'), labels: hash('x'), point: plain }
  const parts = [0, 1, 2, 3].map((part) => {
    const own = pointOf(ids.filter((_, i) => i % 4 === part || i % 7 === part))
    return box(`w${part}`, [unique(own, 'pro'), unique(pointOf(ids.slice(0, 3 * part)), 'free'), histogram])
  })
  const sealed = mergeBoxes(minute, parts)
  for (const order of [parts.toReversed(), [parts[2]!, parts[0]!, parts[3]!, parts[1]!]]) {
    assert.deepEqual(mergeBoxes(minute, order), sealed)
  }
  const nested = [new OpenedBox(mergeBoxes(minute, parts.slice(0, 3))), parts[3]!]
  assert.deepEqual(mergeBoxes(minute, nested), sealed)
  const alone = [...new OpenedBox(sealed).entries()].find(({ labels }) => labels === hash('pro'))!
  assert.deepEqual(bytesOf(alone.point.sketch!), bytesOf(sketchOf(ids)))
  assert.equal([...new OpenedBox(sealed).entries()].find(({ metric }) => metric === hash('time'))!.point.total, 16)
})

test('a box without sketches is one that versions before them can read; one with sketches says so', () => {
  const plain = new Point(true)
  plain.observe(4, START)
  const window = minuteOf('w', 'h', START, true)
  const old = pack(window, [{ metric: hash('time'), labels: hash('x'), point: plain }])
  assert.equal(old.numbers[0], 2)
  const both = pointOf(hashes(5))
  both.merge(plain)
  const packed = pack(window, [unique(both, 'x')])
  assert.equal(packed.numbers[0], 3)
  const opened = new OpenedBox(packed)
  const [{ point } = assert.fail()] = [...opened.entries()]
  assert.deepEqual([point.count, point.sketch?.estimate, point.quantile(1)], [6, 5, 4])
  const scalars = new Point()
  opened.fold(hash('active'), false, () => scalars)
  assert.deepEqual([scalars.count, scalars.sketch, scalars.buckets], [6, undefined, undefined])
  opened.fold(hash('active'), true, () => undefined)
})

test('a box with damaged sketches ends in an error or in other numbers, never in a hang', () => {
  const { numbers, detail } = pack(minuteOf('w', 'h', START, true), [
    unique(pointOf(hashes(4)), 'a'),
    unique(pointOf(hashes(4000)), 'b'),
    unique(pointOf(hashes(9)), 'c'),
  ])
  const harm = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.nat(detail.length) })
  fc.assert(
    fc.property(harm, fc.boolean(), ({ at, byte, cut }, head) => {
      const damaged = { numbers: numbers.slice(), detail: detail.slice(0, cut) }
      const half = head ? damaged.numbers : damaged.detail
      if (half.length > 0) half[at % half.length] = byte
      try {
        for (const { point } of new OpenedBox(damaged).entries()) assert.ok((point.sketch?.estimate ?? 0) >= 0)
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error))
      }
    }),
    { numRuns: 400 }
  )
})
