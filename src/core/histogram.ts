/** Buckets per doubling are 2^SCALE. At 6 a bucket is 1.09 % wide, so its middle is within 0.55 % of all it holds. */
export const SCALE = 6

const PER_OCTAVE = 1 << SCALE
const TWO_32 = 4_294_967_296
const TWO_52 = 2 ** 52
const FLOAT = new Float64Array(1)
const WORDS = new Uint32Array(FLOAT.buffer)
const [LOW, HIGH] = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? [0, 1] : [1, 0]

/** Mantissas (as 52-bit integers) of the upper ends of the buckets of one octave; they are irrational but the last. */
const ENDS = Float64Array.from({ length: PER_OCTAVE }, (_, i) => Math.floor((2 ** ((i + 1) / PER_OCTAVE) - 1) * TWO_52))
/** For each value of a mantissa's top eight bits: the bucket that its lowest mantissa falls in. */
const FIRST = new Uint8Array(256)
for (let top = 0, index = 0; top < 256; FIRST[top++] = index) while (ENDS[index]! < (top / 256) * TWO_52) index++

/**
 * The bucket of a positive number: i where 2^(i/64) < value ≤ 2^((i+1)/64), the layout of OpenTelemetry's exponential
 * histograms at scale 6. No logarithm: exponent and mantissa are read from the bits.
 */
export function bucketOf(value: number): number {
  FLOAT[0] = value
  const high = WORDS[HIGH]!
  const exponent = high >>> 20
  // Subnormal numbers have no leading one: lift them by 2^54 first.
  if (exponent === 0) return bucketOf(value * 2 ** 54) - 54 * PER_OCTAVE
  const mantissa = (high & 0xfffff) * TWO_32 + WORDS[LOW]!
  if (mantissa === 0) return (exponent - 1023) * PER_OCTAVE - 1
  let index = FIRST[(high >>> 12) & 0xff]!
  if (mantissa > ENDS[index]!) index++
  return (exponent - 1023) * PER_OCTAVE + index
}

/** The lower (exclusive) and upper (inclusive) end of a bucket of positive numbers. */
export function bounds(index: number): readonly [low: number, high: number] {
  return [2 ** (index / PER_OCTAVE), 2 ** ((index + 1) / PER_OCTAVE)]
}

const MIDDLE = (2 * 2 ** (1 / PER_OCTAVE)) / (2 ** (1 / PER_OCTAVE) + 1)

/** The value that stands for a bucket: its relative distance to either end is the same. */
function middle(index: number): number {
  return 2 ** (index / PER_OCTAVE) * MIDDLE
}

/** Memory outside of V8's heap costs as much to get as a page costs to fill: pages share it. */
const PAGES_AT_ONCE = 16
let sheet = new Float64Array(0)
let used = 0

function freshPage(): Float64Array {
  if (used === sheet.length) {
    sheet = new Float64Array(PAGES_AT_ONCE * PER_OCTAVE)
    used = 0
  }
  const page = new Float64Array(sheet.buffer, used * sheet.BYTES_PER_ELEMENT, PER_OCTAVE)
  used += PER_OCTAVE
  return page
}

/** All counts of a page: four sums at a time, since each addition waits for the one before. */
function countIn(page: Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let i = 0; i < PER_OCTAVE; i += 4) {
    a += page[i]!
    b += page[i + 1]!
    c += page[i + 2]!
    d += page[i + 3]!
  }
  return a + b + (c + d)
}

/** Counts of the buckets of one sign, in pages of one octave, so that a wide range costs only what it touches. */
export class Half {
  #pages: (Float64Array | undefined)[] = []
  /** The octave of the first page. */
  #base = 0

  add(index: number, count: number): void {
    const page = this.#pages[(index >> SCALE) - this.#base] ?? this.page(index >> SCALE)
    page[index & (PER_OCTAVE - 1)]! += count
  }

  merge(other: Half): void {
    for (let at = 0; at < other.#pages.length; at++) {
      const from = other.#pages[at]
      if (from === undefined) continue
      const page = this.page(other.#base + at)
      for (let i = 0; i < PER_OCTAVE; i++) page[i]! += from[i]!
    }
  }

  /** Visits buckets with a count, by growing index; stops when `visit` answers true. */
  each(visit: (index: number, count: number) => boolean | void): boolean {
    for (let at = 0; at < this.#pages.length; at++) {
      const page = this.#pages[at]
      if (page === undefined) continue
      for (let i = 0; i < PER_OCTAVE; i++) {
        if (page[i] !== 0 && visit(((this.#base + at) << SCALE) + i, page[i]!) === true) return true
      }
    }
    return false
  }

  /** The same, and empties it. */
  drain(visit: (index: number, count: number) => void): void {
    for (let at = 0; at < this.#pages.length; at++) {
      const page = this.#pages[at]
      if (page === undefined) continue
      for (let i = 0; i < PER_OCTAVE; i++) {
        if (page[i] === 0) continue
        visit(((this.#base + at) << SCALE) + i, page[i]!)
        page[i] = 0
      }
    }
  }

  /** The same as `each`, by falling index. */
  eachDown(visit: (index: number, count: number) => boolean | void): boolean {
    for (let at = this.#pages.length - 1; at >= 0; at--) {
      const page = this.#pages[at]
      if (page === undefined) continue
      for (let i = PER_OCTAVE - 1; i >= 0; i--) {
        if (page[i] !== 0 && visit(((this.#base + at) << SCALE) + i, page[i]!) === true) return true
      }
    }
    return false
  }

  /** The bucket in which the value of this rank is, the smallest being 1; the end where there are fewer. */
  ranked(rank: number): number {
    let left = rank
    for (let at = 0; at < this.#pages.length; at++) {
      const page = this.#pages[at]
      const count = page === undefined ? 0 : countIn(page)
      if (count < left) {
        left -= count
        continue
      }
      let i = 0
      for (; i < PER_OCTAVE - 1; i++) if ((left -= page![i]!) <= 0) break
      return ((this.#base + at) << SCALE) + i
    }
    return (this.#base + this.#pages.length) << SCALE
  }

  /** The counts of the buckets of one octave: its i-th is bucket 64 × octave + i. */
  page(octave: number): Float64Array {
    if (this.#pages.length === 0) this.#base = octave
    while (octave < this.#base) {
      this.#pages.unshift(undefined)
      this.#base--
    }
    while (octave - this.#base >= this.#pages.length) this.#pages.push(undefined)
    return (this.#pages[octave - this.#base] ??= freshPage())
  }
}

/** A histogram that needs no configuration and merges without loss. */
export class Histogram {
  readonly positive: Half = new Half()
  negative: Half | undefined
  zeros = 0

  add(value: number, count: number = 1): void {
    if (value > 0) this.positive.add(bucketOf(value), count)
    else if (value < 0) (this.negative ??= new Half()).add(bucketOf(-value), count)
    else this.zeros += count
  }

  merge(other: Histogram): void {
    this.positive.merge(other.positive)
    if (other.negative !== undefined) (this.negative ??= new Half()).merge(other.negative)
    this.zeros += other.zeros
  }

  /** Visits buckets with a count by growing value: low < value ≤ high for positive ones, [0, 0] for zeros. */
  each(visit: (low: number, high: number, count: number) => void): void {
    this.negative?.eachDown((index, count) => {
      const [near, far] = bounds(index)
      visit(-far, -near, count)
    })
    if (this.zeros > 0) visit(0, 0, this.zeros)
    this.positive.each((index, count) => {
      const [low, high] = bounds(index)
      visit(low, high, count)
    })
  }

  /** A value within 0.55 % of the one with this rank (1 is the smallest). */
  ranked(rank: number): number {
    let left = rank
    let found = 0
    const isReached = this.negative?.eachDown((index, count) => {
      found = index
      left -= count
      return left <= 0
    })
    if (isReached === true) return -middle(found)
    left -= this.zeros
    if (this.zeros > 0 && left <= 0) return 0
    return middle(this.positive.ranked(left))
  }
}
