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

  constructor(measures: readonly Measure[]) {
    this.#measures = measures
    let slots = 0
    for (const measure of measures) {
      this.#bases.push(slots)
      slots += measure.slots
    }
  }

  /** The point of a group, which is numbered from outside and called `values`. */
  point(group: number, values: readonly (string | null)[], measure: number, slot: number, span: number): Point {
    const { rows } = (this.#groups[group] ??= new FoldedGroup(values, this.#bases))
    const row = (rows[this.#bases[measure]! + slot] ??= [])
    const point = (row[span] ??= this.#make(measure))
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
  /** By slot of all measures, by span: one list of both would be too sparse to be an array for V8. */
  readonly rows: (Point | undefined)[][] = []
  readonly #bases: readonly number[]
  readonly #wholes = new Map<number, Point | undefined>()

  constructor(values: readonly (string | null)[], bases: readonly number[]) {
    this.values = values
    this.#bases = bases
  }

  /** The same group of several parts as one; their points stay as they are. */
  static join(groups: readonly FoldedGroup[]): FoldedGroup {
    const [first] = groups
    if (groups.length === 1) return first!
    const joined = new FoldedGroup(first!.values, first!.#bases)
    const rows = Math.max(...groups.map((group) => group.rows.length))
    for (let at = 0; at < rows; at++) {
      const same = groups.map((group) => group.rows[at]).filter((row) => row !== undefined)
      if (same.length > 0) joined.rows[at] = joinRows(same)
    }
    return joined
  }

  get first(): number {
    let first = Infinity
    this.rows.forEach(
      (row) =>
        (first = Math.min(
          first,
          row.findIndex((point) => point !== undefined)
        ))
    )
    return first
  }

  at(measure: number, slot: number, span: number): Point | undefined {
    return this.rows[this.#bases[measure]! + slot]?.[span]
  }

  whole(measure: number, slot: number): Point | undefined {
    const row = this.#bases[measure]! + slot
    if (!this.#wholes.has(row)) this.#wholes.set(row, merged(this.rows[row] ?? []))
    return this.#wholes.get(row)
  }
}

function joinRows(rows: readonly (readonly (Point | undefined)[])[]): (Point | undefined)[] {
  if (rows.length === 1) return rows[0]!.slice()
  const joined: (Point | undefined)[] = []
  const spans = Math.max(...rows.map((row) => row.length))
  for (let span = 0; span < spans; span++) joined[span] = merged(rows.map((row) => row[span]))
  return joined
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
