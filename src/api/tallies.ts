import type { OpenedBox } from '../core/box.ts'
import { halves, hash, IdIndex } from '../core/ids.ts'
import { labelsText } from '../core/labels.ts'
import { Point } from '../core/point.ts'

/** What one series comes to. */
export interface Tally {
  /** What `name` made of its labels; undefined while the store does not know them. */
  readonly text: string | undefined
  readonly point: Point
  /** Counts by bound, then those above the last; undefined where there are no buckets. */
  readonly counts: Float64Array | undefined
}

/** Gives the labels of ids (pairs of halves); an id that the store does not know has none. */
export type LabelsOf = (ids: Uint32Array) => Promise<(at: number) => ReadonlyMap<string, string>>

const NO_LABELS = hash(labelsText({}))

/** All series of one metric, added up; of their histograms only the counts between fixed bounds are kept. */
export class Tallies {
  readonly #ids = new IdIndex()
  readonly #points: Point[] = []
  readonly #counts: Float64Array[] = []
  readonly #texts: (string | undefined)[] = []
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

  /** Makes the text of each series that has none yet; remembered, because labels never change. */
  async name(labelsOf: LabelsOf, textOf: (labels: ReadonlyMap<string, string>) => string): Promise<void> {
    const nameless = this.#points.flatMap((_, number) => (this.#texts[number] === undefined ? [number] : []))
    if (nameless.length === 0) return
    const ids = nameless.map((number) => this.#ids.hex(number))
    const labelsAt = await labelsOf(Uint32Array.from(ids.flatMap((id) => [...halves(id)])))
    nameless.forEach((number, at) => {
      const labels = labelsAt(at)
      if (labels.size > 0 || ids[at] === NO_LABELS) this.#texts[number] = textOf(labels)
    })
  }

  /** Each series with what `other` has of it added, then those that only `other` has. */
  *with(other: Tallies | undefined): Generator<Tally> {
    for (let number = 0; number < this.#points.length; number++) {
      const also = other === undefined ? -1 : other.#ids.findHex(this.#ids.hex(number))
      const tally = this.#tally(number)
      yield also < 0 || other === undefined ? tally : both(tally, other.#tally(also))
    }
    if (other === undefined) return
    for (let number = 0; number < other.#points.length; number++) {
      if (this.#ids.findHex(other.#ids.hex(number)) < 0) yield other.#tally(number)
    }
  }

  #tally(number: number): Tally {
    return { text: this.#texts[number], point: this.#points[number] as Point, counts: this.#counts[number] }
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
  return { text: a.text ?? b.text, point, counts: counts ?? b.counts }
}
