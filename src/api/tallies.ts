import type { OpenedBox } from '../core/box.ts'
import { IdIndex } from '../core/ids.ts'
import { Point } from '../core/point.ts'

/** What one series comes to. */
export interface Tally {
  /** Id of the label set, 16 hex digits. */
  readonly labels: string
  readonly point: Point
  /** Counts by bound, then those above the last; undefined where there are no buckets. */
  readonly counts: Float64Array | undefined
}

/** All series of one metric, added up; of their histograms only the counts between fixed bounds are kept. */
export class Tallies {
  readonly #ids = new IdIndex()
  readonly #points: Point[] = []
  readonly #counts: Float64Array[] = []
  readonly #bounds: readonly number[]

  /** `bounds` ascend, in stored units. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
  }

  /** Adds the points that a box has of this metric. */
  add(box: OpenedBox, metric: string): void {
    const spread = this.#bounds.length > 0
    const fresh: [number, Point][] = []
    box.fold(metric, spread, (index) => {
      const number = this.#number(box.labels[2 * index] ?? 0, box.labels[2 * index + 1] ?? 0)
      if (!spread) return this.#points[number]
      const point = new Point()
      fresh.push([number, point])
      return point
    })
    for (const [number, point] of fresh) this.#spread(number, point)
  }

  /** The ids of all label sets. */
  *ids(): Generator<string> {
    for (let number = 0; number < this.#points.length; number++) yield this.#ids.hex(number)
  }

  /** Each series with what `other` has of it added, then those that only `other` has. */
  *with(other: Tallies | undefined): Generator<Tally> {
    for (let number = 0; number < this.#points.length; number++) {
      const tally = this.#tally(number)
      const also = other === undefined ? -1 : other.#ids.findHex(tally.labels)
      yield also < 0 || other === undefined ? tally : both(tally, other.#tally(also))
    }
    if (other === undefined) return
    for (let number = 0; number < other.#points.length; number++) {
      if (this.#ids.findHex(other.#ids.hex(number)) < 0) yield other.#tally(number)
    }
  }

  #tally(number: number): Tally {
    return { labels: this.#ids.hex(number), point: this.#points[number] as Point, counts: this.#counts[number] }
  }

  #number(hi: number, lo: number): number {
    const number = this.#ids.add(hi, lo)
    this.#points[number] ??= new Point()
    return number
  }

  /** The middle of a fine bucket says on which side of a bound it is: an error of half a percent of the bound. */
  #spread(number: number, point: Point): void {
    const bounds = this.#bounds
    const counts = (this.#counts[number] ??= new Float64Array(bounds.length + 1))
    let at = 0
    point.buckets?.each((low, high, count) => {
      const middle = (low + high) / 2
      while (at < bounds.length && middle > (bounds[at] as number)) at++
      counts[at] = (counts[at] as number) + count
    })
    point.buckets = undefined
    this.#points[number]?.merge(point)
  }
}

function both(a: Tally, b: Tally): Tally {
  const point = new Point()
  point.merge(a.point)
  point.merge(b.point)
  const counts = a.counts?.map((count, index) => count + (b.counts?.[index] ?? 0))
  return { labels: a.labels, point, counts: counts ?? b.counts }
}
