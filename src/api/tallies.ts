import type { OpenedBox } from '../core/box.ts'
import { bounds, bucketOf, Histogram } from '../core/histogram.ts'
import { IdIndex } from '../core/ids.ts'
import { Point } from '../core/point.ts'

/** Series that are added between two looks at the clock. */
const STEP = 100

/** What one series comes to. */
export interface Tally {
  /** The halves of the id of its label set. */
  readonly hi: number
  readonly lo: number
  readonly point: Point
  /** Counts by bound, then those above the last; undefined where there are no buckets. */
  readonly counts: Float64Array | undefined
}

/** All series of one metric, added up; of their histograms only the counts between fixed bounds are kept. */
export class Tallies {
  readonly #index = new IdIndex()
  readonly #points: Point[] = []
  readonly #counts: Float64Array[] = []
  /** Where the last box ends that had it, Unix ms. */
  readonly #ends: number[] = []
  /** For each bound the last bucket below it. */
  readonly #lasts: Int32Array
  /** The histogram of one point at a time, between reading and spreading it. */
  readonly #read = new Histogram()

  /** `limits` ascend and are above 0, in stored units; or those of another one, as they were found. */
  constructor(limits: readonly number[] | Int32Array) {
    this.#lasts = limits instanceof Int32Array ? limits : Int32Array.from(limits, lastBelow)
  }

  /** The halves of the ids of all label sets. */
  get ids(): Uint32Array {
    return this.#index.ids
  }

  /** Adds the points that a box has of this metric, in short steps; their sketches only if they are wanted. */
  *add(box: OpenedBox, metric: string, sketches: boolean = false): Generator<undefined, void> {
    const spread = this.#lasts.length > 0
    let reading = -1
    const target = (index: number): Point => {
      const number = this.#number(box.labels[2 * index] ?? 0, box.labels[2 * index + 1] ?? 0)
      const point = this.#points[number] as Point
      this.#ends[number] = Math.max(this.#ends[number] ?? box.end, box.end)
      if (!spread) return point
      this.#spread(reading)
      reading = number
      point.buckets = this.#read
      return point
    }
    for (const _ of box.foldInSteps(STEP, metric, spread || sketches, target)) {
      this.#spread(reading)
      reading = -1
      yield
    }
  }

  /** The same without series that no box had after `before`; undefined when none is left. */
  since(before: number): Tallies | undefined {
    if (this.#ends.every((end) => end > before)) return this
    const rest = new Tallies(this.#lasts)
    const ids = this.ids
    for (let number = 0; number < this.#points.length; number++) {
      if (this.#ends[number]! <= before) continue
      const at = rest.#index.add(ids[2 * number]!, ids[2 * number + 1]!)
      rest.#points[at] = this.#points[number]!
      rest.#ends[at] = this.#ends[number]!
      const counts = this.#counts[number]
      if (counts !== undefined) rest.#counts[at] = counts
    }
    return rest.#points.length === 0 ? undefined : rest
  }

  /** Each series with what `other` has of it added, then those that only `other` has. */
  *with(other: Tallies | undefined): Generator<Tally> {
    for (let number = 0; number < this.#points.length; number++) {
      const tally = this.#tally(number)
      const also = other === undefined ? -1 : other.#index.find(tally.hi, tally.lo)
      yield also < 0 || other === undefined ? tally : both(tally, other.#tally(also))
    }
    if (other === undefined) return
    for (let number = 0; number < other.#points.length; number++) {
      const tally = other.#tally(number)
      if (this.#index.find(tally.hi, tally.lo) < 0) yield tally
    }
  }

  #tally(number: number): Tally {
    const ids = this.ids
    return {
      hi: ids[2 * number]!,
      lo: ids[2 * number + 1]!,
      point: this.#points[number] as Point,
      counts: this.#counts[number],
    }
  }

  #number(hi: number, lo: number): number {
    const number = this.#index.add(hi, lo)
    this.#points[number] ??= new Point()
    return number
  }

  /** Moves what was read of a series into the counts between the bounds: an error of half a percent of the bound. */
  #spread(number: number): void {
    const point = this.#points[number]
    if (point === undefined) return
    const lasts = this.#lasts
    const counts = (this.#counts[number] ??= new Float64Array(lasts.length + 1))
    const { positive, negative } = this.#read
    counts[0]! += this.#read.zeros
    negative?.drain((_, count) => (counts[0]! += count))
    let at = 0
    positive.drain((index, count) => {
      while (at < lasts.length && index > lasts[at]!) at++
      counts[at]! += count
    })
    this.#read.zeros = 0
    point.buckets = undefined
  }
}

/** The last bucket whose middle is at most `limit`. */
function lastBelow(limit: number): number {
  const index = bucketOf(limit)
  const [low, high] = bounds(index)
  return (low + high) / 2 <= limit ? index : index - 1
}

function both(a: Tally, b: Tally): Tally {
  const point = new Point()
  point.merge(a.point)
  point.merge(b.point)
  const counts = a.counts?.map((count, index) => count + (b.counts?.[index] ?? 0))
  return { hi: a.hi, lo: a.lo, point, counts: counts ?? b.counts }
}
