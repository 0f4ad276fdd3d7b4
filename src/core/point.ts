import { Histogram } from './histogram.ts'
import { Sketch } from './sketch.ts'
import { Sum } from './sum.ts'

/** The largest magnitude that is recorded: 2^53 such values still add up to a finite sum. */
export const LARGEST = 1e288

/** One series in one window: everything that was observed, and the one operation, merge. */
export class Point {
  /** How many values. */
  count = 0
  readonly sum: Sum = new Sum()
  /** Infinity and -Infinity while empty. */
  min: number = Infinity
  max: number = -Infinity
  /** The latest value and its Unix milliseconds; -1: not kept (histograms) or none yet. */
  last = 0
  at = -1
  /** Present where percentiles are wanted. */
  buckets: Histogram | undefined
  /** Present where different ids are counted. */
  sketch: Sketch | undefined = undefined

  constructor(buckets: boolean = false) {
    this.buckets = buckets ? new Histogram() : undefined
  }

  /** Takes in a finite value of magnitude ≤ LARGEST, seen at `at` (whole Unix ms; -1 keeps no `last`). */
  observe(value: number, at: number): void {
    this.count++
    this.sum.add(value)
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
    if (at >= this.at && at >= 0) {
      this.last = value
      this.at = at
    }
    if (this.buckets !== undefined) this.buckets.add(value)
  }

  /** Takes in an id by the halves of its hash, seen at `at`; to all but the sketch it is a 1. */
  observeId(hi: number, lo: number, at: number): void {
    this.observe(1, at)
    ;(this.sketch ??= new Sketch()).add(hi, lo)
  }

  /** Takes in all of `other`; in any order and grouping the result is the same to the bit. */
  merge(other: Point): void {
    this.count += other.count
    this.sum.merge(other.sum)
    if (other.min < this.min) this.min = other.min
    if (other.max > this.max) this.max = other.max
    this.latest(other.last, other.at)
    if (other.buckets !== undefined) (this.buckets ??= new Histogram()).merge(other.buckets)
    if (other.sketch !== undefined) (this.sketch ??= new Sketch()).merge(other.sketch)
  }

  /** Keeps the later of two last values; of two at one moment the larger, so that order does not matter. */
  latest(value: number, at: number): void {
    if (at > this.at || (at === this.at && at >= 0 && value > this.last)) {
      this.last = value
      this.at = at
    }
  }

  /** The sum, exact but for one rounding. */
  get total(): number {
    return this.sum.value
  }

  /** The value of nearest rank ⌈q·count⌉, within 0.55 %; exact for the smallest and the largest. NaN while empty or without buckets. */
  quantile(q: number): number {
    if (this.count === 0 || this.buckets === undefined) return NaN
    const rank = Math.min(Math.max(Math.ceil(q * this.count), 1), this.count)
    if (rank === 1) return this.min
    if (rank === this.count) return this.max
    return Math.min(Math.max(this.buckets.ranked(rank), this.min), this.max)
  }
}
