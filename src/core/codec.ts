import type { ByteReader, ByteWriter } from './bytes.ts'
import { Half, type Histogram, SCALE } from './histogram.ts'
import type { Point } from './point.ts'

// The flags of a packed point.
const SAME = 1 // all values were equal: min = max = last, sum = count × value
const AT = 2
const LAST = 4 // last is not max
const PARTS = 8 // the sum needs more than one double
/** In what `readScalars` answers: a histogram, a sketch belongs to the point. */
export const BUCKETS = 64
export const SKETCH = 128
const DETAIL: number = BUCKETS | SKETCH
// Bits 4 and 5: how values are written.
const STYLE = 48
const WHOLE = 0
const CENTS = 16
const MILLIONTHS = 32
const FLOATS = 48

const SCALES: readonly (readonly [style: number, scale: number])[] = [
  [WHOLE, 1],
  [CENTS, 100],
  [MILLIONTHS, 1e6],
]
const LIMIT = 2 ** 52

/** The shortest style in which all values come back as they were. */
function styleOf(values: readonly number[]): number {
  for (const [style, scale] of SCALES) {
    if (values.every((value) => fits(value, scale))) return style
  }
  return FLOATS
}

function fits(value: number, scale: number): boolean {
  const whole = Math.round(value * scale)
  return Math.abs(whole) < LIMIT && whole / scale === value && !Object.is(whole, -0)
}

function scaleOf(style: number): number {
  return style === WHOLE ? 1 : style === CENTS ? 100 : 1e6
}

function writeValue(out: ByteWriter, style: number, value: number): void {
  if (style === FLOATS) out.float(value)
  else out.signed(Math.round(value * scaleOf(style)))
}

function readValue(from: ByteReader, style: number): number {
  return style === FLOATS ? from.float() : style === WHOLE ? from.signed() : from.signed() / scaleOf(style)
}

/** Writes all of a point but its buckets and its sketch; `start` is the window's, to keep times short. */
export function writeScalars(out: ByteWriter, point: Point, start: number): void {
  const parts = point.sum.parts()
  const head = parts[0]!
  const same =
    parts.length === 1 &&
    point.min === point.max &&
    head === point.min * point.count &&
    (point.at < 0 || point.last === point.max)
  const style = styleOf(same ? [point.min] : [head, point.min, point.max, point.last])
  const flags =
    style |
    (same ? SAME : 0) |
    (point.at >= 0 ? AT : 0) |
    (point.at >= 0 && point.last !== point.max ? LAST : 0) |
    (parts.length > 1 ? PARTS : 0) |
    (point.buckets === undefined ? 0 : BUCKETS) |
    (point.sketch === undefined ? 0 : SKETCH)
  out.byte(flags)
  out.varint(point.count)
  writeValue(out, style, point.min)
  if (!same) {
    writeValue(out, style, head)
    writeValue(out, style, point.max)
    if ((flags & LAST) !== 0) writeValue(out, style, point.last)
  }
  if (parts.length > 1) {
    out.varint(parts.length - 1)
    for (const part of parts.slice(1)) out.float(part)
  }
  if (point.at >= 0) out.signed(point.at - start)
}

/** Merges a written point, all but its detail, into `point`, or skips it; answers what detail belongs to it. */
export function readScalars(from: ByteReader, start: number, point: Point | undefined): number {
  if (readOnes(from, start, point)) return 0
  const flags = from.byte()
  const style = flags & STYLE
  const same = (flags & SAME) !== 0
  const count = from.varint()
  const min = readValue(from, style)
  const head = same ? min * count : readValue(from, style)
  const max = same ? min : readValue(from, style)
  const last = (flags & LAST) === 0 ? max : readValue(from, style)
  const more = (flags & PARTS) === 0 ? 0 : from.varint()
  for (let i = 0; i < more && !from.ended; i++) {
    const part = from.float()
    point?.sum.add(part)
  }
  const at = (flags & AT) === 0 ? -1 : from.signed() + start
  if (point !== undefined) {
    point.count += count
    point.sum.add(head)
    if (min < point.min) point.min = min
    if (max > point.max) point.max = max
    point.latest(last, at)
  }
  return flags & DETAIL
}

/** The flags of a counter to which nothing but ones were added, as most are, and its value as it is written. */
const ONES = SAME | AT
const ONE = 2
/** Bytes of flags, count, value and time, each number in four at most. */
const MOST_OF_ONES = 10

/** Reads a point of ones; false, and nothing is read, where it is another. A month of hours has a million of them. */
function readOnes(from: ByteReader, start: number, point: Point | undefined): boolean {
  const { bytes } = from
  let at = from.at
  if (bytes[at] !== ONES || at + MOST_OF_ONES > bytes.length) return false
  let count = bytes[at + 1]!
  at += 2
  if (count > 127) {
    count = (count & 127) | (bytes[at++]! << 7)
    if (count > 0x3fff) count = (count & 0x3fff) | (bytes[at++]! << 14)
    if (count > 0x1fffff) count = (count & 0x1fffff) | (bytes[at++]! << 21)
  }
  if (bytes[at++] !== ONE || count > 0xfffffff) return false
  let time = bytes[at++]!
  if (time > 127) {
    time = (time & 127) | (bytes[at++]! << 7)
    if (time > 0x3fff) time = (time & 0x3fff) | (bytes[at++]! << 14)
    if (time > 0x1fffff) time = (time & 0x1fffff) | (bytes[at++]! << 21)
    if (time > 0xfffffff) return false
  }
  from.at = at
  if (point === undefined) return true
  point.count += count
  point.sum.add(count)
  if (point.min > 1) point.min = 1
  if (point.max < 1) point.max = 1
  point.latest(1, start + ((time & 1) === 1 ? -(time >>> 1) - 1 : time >>> 1))
  return true
}

/** No double is outside these octaves: an index beyond them is damage, and pages up to it would fill the memory. */
const OCTAVES = { first: -1075, last: 1024 }
const NEGATIVE = 1
const ZEROS = 2
/** Tokens fit into 32 bits. */
const MOST_IN_TOKEN = 2 ** 30

/**
 * Writes a histogram: a token for each bucket, most of them a byte. An even one is the bucket after the one before, and
 * half of it the count less one; an odd one holds the distance and, in two bits, a count up to three.
 */
export function writeBuckets(out: ByteWriter, histogram: Histogram): void {
  out.byte((histogram.negative === undefined ? 0 : NEGATIVE) | (histogram.zeros === 0 ? 0 : ZEROS))
  if (histogram.zeros > 0) out.varint(histogram.zeros)
  if (histogram.negative !== undefined) writeHalf(out, histogram.negative)
  writeHalf(out, histogram.positive)
}

/** What one half holds, while it is written: arrays that are used again. */
const indices: number[] = []
const counts: number[] = []

function writeHalf(out: ByteWriter, half: Half): void {
  let length = 0
  half.each((index, count) => {
    indices[length] = index
    counts[length++] = count
  })
  out.varint(length)
  if (length > 0) out.signed(indices[0]!)
  for (let i = 0; i < length; i++) {
    const gap = i === 0 ? 0 : indices[i]! - indices[i - 1]! - 1
    const count = counts[i]!
    if (gap === 0 && count <= MOST_IN_TOKEN) out.varint((count - 1) * 2)
    else {
      out.varint((gap * 4 + Math.min(count - 1, 3)) * 2 + 1)
      if (count > 3) out.varint(count - 4)
    }
  }
}

/** Merges a written histogram into `histogram`. */
export function readBuckets(from: ByteReader, histogram: Histogram): void {
  const flags = from.byte()
  if ((flags & ZEROS) !== 0) histogram.zeros += from.varint()
  if ((flags & NEGATIVE) !== 0) readHalf(from, (histogram.negative ??= new Half()))
  readHalf(from, histogram.positive)
}

/** By a token of one byte: how far its bucket is from the one before, 0 where more bytes belong to it; and its count. */
const STEPS = Uint8Array.from({ length: 256 }, (_, token) =>
  token > 127 || (token & 7) === 7 ? 0 : token % 2 === 0 ? 1 : (token >>> 3) + 1
)
const COUNTS = Uint8Array.from({ length: 256 }, (_, token) => countOf(token))
const NO_PAGE = new Float64Array(0)

function countOf(token: number): number {
  return (token & 1) === 0 ? (token >>> 1) + 1 : ((token >>> 1) & 3) + 1
}

/** Two thirds of a query's time is spent here: single bytes are looked up, and a page once an octave. */
function readHalf(from: ByteReader, half: Half): void {
  const length = from.varint()
  if (length === 0 || from.ended) return
  let index = from.signed() - 1
  const { bytes } = from
  let at = from.at
  let page: Float64Array = NO_PAGE
  let first = 0
  for (let left = length; left > 0 && at < bytes.length; left--) {
    const token = bytes[at++]!
    const step = STEPS[token]!
    let count = COUNTS[token]!
    index += step
    if (step === 0) {
      from.at = at - 1
      const whole = from.varint()
      index += (whole & 1) === 0 ? 1 : (whole >>> 3) + 1
      count = countOf(whole)
      if ((whole & 1) === 1 && count === 4) count += from.varint()
      at = from.at
    }
    let place = index - first
    if (place < 0 || place >= page.length) {
      const octave = index >> SCALE
      if (!isOctave(octave)) break
      page = half.page(octave)
      first = octave << SCALE
      place = index - first
    }
    page[place]! += count
  }
  from.at = at
}

function isOctave(octave: number): boolean {
  return octave >= OCTAVES.first && octave <= OCTAVES.last
}
