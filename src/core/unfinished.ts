import { type Entry, type OpenedBox, type Packed } from './box.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { Histogram } from './histogram.ts'
import { Point } from './point.ts'
import { Sketch } from './sketch.ts'

/**
 * What writers had put of a minute that was sealed without waiting for them any longer, by writer. It stands behind the
 * points of the minute's sealed box, so that what such a writer puts yet, when it comes back, can be told from what is in.
 */
export type Unfinished = ReadonlyMap<string, Packed>

/** Reads what stands behind the points of a box. */
export function unfinishedIn(box: OpenedBox): Unfinished {
  const from = new ByteReader(box.rest)
  const found = new Map<string, Packed>()
  while (!from.ended) {
    const writer = from.text()
    const numbers = from.raw(from.varint()).slice()
    found.set(writer, { numbers, detail: from.raw(from.varint()).slice() })
  }
  return found
}

/** The box with this behind its points. */
export function withUnfinished(box: Packed, unfinished: Unfinished): Packed {
  if (unfinished.size === 0) return box
  const out = new ByteWriter(box.numbers.length + 1_024)
  out.raw(box.numbers)
  for (const [writer, { numbers, detail }] of [...unfinished].sort(([a], [b]) => (a < b ? -1 : 1))) {
    out.text(writer)
    out.varint(numbers.length)
    out.raw(numbers)
    out.varint(detail.length)
    out.raw(detail)
  }
  return { numbers: out.take(), detail: box.detail }
}

/** What `whole` holds beyond `part`, an earlier state of it: merged with `part` it gives `whole`. */
export function beyond(whole: OpenedBox, part: OpenedBox): Entry[] {
  const known = new Map([...part.entries()].map(({ metric, labels, point }) => [metric + labels, point]))
  return [...whole.entries()].flatMap(({ metric, labels, point }) => {
    const before = known.get(metric + labels)
    if (before === undefined) return [{ metric, labels, point }]
    return point.count > before.count ? [{ metric, labels, point: without(point, before) }] : []
  })
}

/** Smallest, largest and last value, and the ids of a sketch, stay: merging them again changes nothing. */
function without(point: Point, before: Point): Point {
  const rest = new Point()
  rest.count = point.count - before.count
  rest.sum.merge(point.sum)
  for (const part of before.sum.parts()) rest.sum.add(-part)
  rest.min = point.min
  rest.max = point.max
  rest.latest(point.last, point.at)
  if (point.buckets !== undefined) rest.buckets = fewer(point.buckets, before.buckets ?? new Histogram())
  if (point.sketch !== undefined) (rest.sketch = new Sketch()).merge(point.sketch)
  return rest
}

function fewer(buckets: Histogram, before: Histogram): Histogram {
  const rest = new Histogram()
  rest.merge(buckets)
  before.positive.each((index, count) => rest.positive.add(index, -count))
  before.negative?.each((index, count) => rest.negative?.add(index, -count))
  rest.zeros -= before.zeros
  return rest
}
