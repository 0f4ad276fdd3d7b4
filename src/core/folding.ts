import type { ByteReader } from './bytes.ts'
import { BUCKETS, readBuckets, readScalars, SKETCH } from './codec.ts'
import { Histogram } from './histogram.ts'
import type { Point } from './point.ts'
import { Sketch } from './sketch.ts'

/** Gives the point that takes in what a label set has; undefined skips it. */
export type Target = (labels: number) => Point | undefined

/** The points of one metric in a box, read from the first to the last. */
export class Folding {
  readonly #numbers: ByteReader
  readonly #detail: ByteReader
  readonly #start: number
  #left: number
  #index = -1

  /** `start` is the box's. */
  constructor(numbers: ByteReader, detail: ByteReader, points: number, start: number) {
    this.#numbers = numbers
    this.#detail = detail
    this.#left = points
    this.#start = start
  }

  get ended(): boolean {
    return this.#left <= 0 || this.#numbers.ended
  }

  /** Merges the next points, `most` of them, each into the one that `target` gives. */
  step(most: number, withDetail: boolean, target: Target): void {
    const numbers = this.#numbers
    const detail = this.#detail
    for (let left = Math.min(most, this.#left); left > 0 && !numbers.ended; left--) {
      this.#left--
      this.#index += numbers.signed() + 1
      const point = target(this.#index)
      const more = readScalars(numbers, this.#start, point)
      if (more === 0 || !withDetail) continue
      if ((more & BUCKETS) !== 0) {
        const next = detail.varint() + detail.at
        if (point !== undefined) readBuckets(detail, (point.buckets ??= new Histogram()))
        detail.at = next
      }
      if ((more & SKETCH) !== 0) {
        const next = detail.varint() + detail.at
        if (point !== undefined) (point.sketch ??= new Sketch()).mergeFrom(detail)
        detail.at = next
      }
    }
  }
}
