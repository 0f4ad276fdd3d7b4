import { Point } from '../core/point.ts'
import { MetricsError } from '../errors.ts'
import type { Group, Measure } from './folding.ts'
import { LIMITS } from './question.ts'

/** Merges points; the only one as it is, undefined if there is none. */
export function merged(points: Iterable<Point | undefined>): Point | undefined {
  let first: Point | undefined
  let sum: Point | undefined
  for (const point of points) {
    if (point === undefined) continue
    if (first === undefined) {
      first = point
      continue
    }
    if (sum === undefined) {
      sum = new Point()
      sum.merge(first)
    }
    sum.merge(point)
  }
  return sum ?? first
}

/** The points of some boxes, by group. */
export class Cells {
  readonly #spans: number
  readonly #measures: readonly Measure[]
  /** Where the slots of each measure begin. */
  readonly #bases: number[] = []
  readonly #groups: (FoldedGroup | undefined)[] = []
  #plain = 0
  #histograms = 0
  /** Bytes; the last point is not counted in yet beyond what it weighed before. */
  #sketches = 0
  #last: Point | undefined
  #weighed = 0

  constructor(measures: readonly Measure[], spans: number) {
    this.#spans = spans
    this.#measures = measures
    let slots = 0
    for (const measure of measures) {
      this.#bases.push(slots)
      slots += measure.slots
    }
  }

  /** The point of a group, which is numbered from outside and called `values`. */
  point(group: number, values: readonly (string | null)[], measure: number, slot: number, span: number): Point {
    const { points } = (this.#groups[group] ??= new FoldedGroup(values, this.#bases, this.#spans))
    const at = (this.#bases[measure]! + slot) * this.#spans + span
    const point = (points[at] ??= this.#make(measure))
    if (this.#measures[measure]!.detail) this.#weigh(point)
    return point
  }

  /** What all points take, in points with a histogram: ten plain ones are one, and so are 5 KB of sketches. */
  get size(): number {
    return this.#histograms + this.#plain / 10 + this.#sketches / 5_000
  }

  groups(): FoldedGroup[] {
    return this.#groups.filter((group) => group !== undefined)
  }

  #make(measure: number): Point {
    const heavy = this.#measures[measure]!.detail
    const fits = heavy ? ++this.#histograms <= LIMITS.histograms : ++this.#plain <= LIMITS.points
    if (fits) return new Point()
    throw tooLarge(`${heavy ? LIMITS.histograms : LIMITS.points} points`)
  }

  /** A sketch grows as it is merged into: how much the last one did is seen when the next one comes. */
  #weigh(next: Point): void {
    this.#sketches += (this.#last?.sketch?.size ?? 0) - this.#weighed
    this.#last = next
    this.#weighed = next.sketch?.size ?? 0
    if (this.#sketches > LIMITS.sketches) throw tooLarge(`${LIMITS.sketches / 1e6} MB to tell ids apart`)
  }
}

function tooLarge(what: string): MetricsError {
  const hint = 'Group by fewer labels, take wider buckets or a shorter range, or filter.'
  return new MetricsError('too_large', `The answer takes more than ${what}.`, { hint })
}

/** A group with its points in place. */
export class FoldedGroup implements Group {
  readonly values: readonly (string | null)[]
  /** By slot of all measures, then span. */
  readonly points: (Point | undefined)[] = []
  readonly #bases: readonly number[]
  readonly #spans: number
  readonly #wholes = new Map<number, Point | undefined>()

  constructor(values: readonly (string | null)[], bases: readonly number[], spans: number) {
    this.values = values
    this.#bases = bases
    this.#spans = spans
  }

  /** The same group of several parts as one; their points stay as they are. */
  static join(groups: readonly FoldedGroup[]): FoldedGroup {
    const [first] = groups
    if (groups.length === 1) return first!
    const joined = new FoldedGroup(first!.values, first!.#bases, first!.#spans)
    const places = Math.max(...groups.map((group) => group.points.length))
    for (let at = 0; at < places; at++) {
      const point = merged(groups.map((group) => group.points[at]))
      if (point !== undefined) joined.points[at] = point
    }
    return joined
  }

  get first(): number {
    let first = Infinity
    this.points.forEach((_, at) => (first = Math.min(first, at % this.#spans)))
    return first
  }

  at(measure: number, slot: number, span: number): Point | undefined {
    return this.points[(this.#bases[measure]! + slot) * this.#spans + span]
  }

  whole(measure: number, slot: number): Point | undefined {
    const row = this.#bases[measure]! + slot
    if (!this.#wholes.has(row)) {
      this.#wholes.set(row, merged(this.points.slice(row * this.#spans, (row + 1) * this.#spans)))
    }
    return this.#wholes.get(row)
  }
}

/** Several groups as one, called `values`. */
export class MergedGroup implements Group {
  readonly values: readonly (string | null)[]
  readonly #groups: readonly Group[]
  readonly #wholes = new Map<string, Point | undefined>()

  constructor(values: readonly (string | null)[], groups: readonly Group[]) {
    this.values = values
    this.#groups = groups
  }

  get first(): number {
    return Math.min(...this.#groups.map((group) => group.first))
  }

  at(measure: number, slot: number, span: number): Point | undefined {
    return merged(this.#groups.map((group) => group.at(measure, slot, span)))
  }

  whole(measure: number, slot: number): Point | undefined {
    const key = `${measure} ${slot}`
    if (!this.#wholes.has(key)) this.#wholes.set(key, merged(this.#groups.map((group) => group.whole(measure, slot))))
    return this.#wholes.get(key)
  }
}
