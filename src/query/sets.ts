import { IdIndex } from '../core/ids.ts'
import type { Point } from '../core/point.ts'
import { OVERFLOW } from '../names.ts'
import { meets, valueOf } from './filters.ts'
import { NAMELESS } from './dictionary.ts'
import type { Folding } from './folding.ts'
import { Cells, type FoldedGroup } from './group.ts'

/** Some boxes, folded. */
export interface Part {
  readonly groups: readonly FoldedGroup[]
  /** The labels of their series, null if there are none. */
  readonly seen: ReadonlySet<string> | null
  /** Whether one of their series stands for those that were too many. */
  readonly overflow: boolean
  /** Whether the store has no name for one of their series. */
  readonly nameless: boolean
  /** What it takes, in points with a histogram. */
  readonly size: number
}

/** The label sets met so far, numbered, each with its group and its slots: worked out once, not once per point. */
export class LabelSets {
  readonly #folding: Folding
  readonly #index = new IdIndex()
  readonly #labels: ReadonlyMap<string, string>[] = []
  /** By number: whether it stands for label sets that were too many. */
  readonly #overflows: boolean[] = []
  /** By number: the group, -1 if filtered out. */
  readonly #groups: number[] = []
  /** By measure, then number: the slot. */
  readonly #slots: number[][]
  readonly #keys = new Map<string, number>()
  /** By number of the group. */
  readonly #values: (readonly (string | null)[])[] = []
  /** Of the part that is being folded; by number of the label set, whether it occurs there. */
  #used: boolean[] = []
  #cells: Cells
  /** The number of each label set of the box that is open. */
  #numbers: Int32Array = new Int32Array(1024)
  #opened: Uint32Array = new Uint32Array(0)

  constructor(folding: Folding) {
    this.#folding = folding
    this.#slots = folding.measures.map(() => [])
    this.#cells = this.#empty()
  }

  /** Numbers the label sets of a box, pairs of halves of ids; answers those that are new, for `learn`. */
  open(ids: Uint32Array): Uint32Array | undefined {
    // Neighbouring boxes mostly have the same series.
    if (same(ids, this.#opened)) return undefined
    this.#opened = ids
    const count = ids.length / 2
    if (this.#numbers.length < count) this.#numbers = new Int32Array(2 * count)
    const fresh: number[] = []
    for (let at = 0; at < count; at++) {
      const number = this.#index.add(ids[2 * at]!, ids[2 * at + 1]!)
      if (number >= this.#labels.length + fresh.length / 2) fresh.push(ids[2 * at]!, ids[2 * at + 1]!)
      this.#numbers[at] = number
    }
    return fresh.length === 0 ? undefined : Uint32Array.from(fresh)
  }

  /** What the new label sets are, in their order. */
  learn(fresh: Uint32Array, labelsAt: (at: number) => ReadonlyMap<string, string>): void {
    for (let at = 0; at < fresh.length / 2; at++) this.#learn(labelsAt(at))
  }

  /** Where to merge a point of the box that is open: `at` is the place of its label set there. */
  target(at: number, measure: number, span: number): Point | undefined {
    const number = this.#numbers[at]!
    this.#used[number] = true
    const group = this.#groups[number]!
    const slot = this.#slots[measure]![number]!
    return group < 0 || slot < 0 ? undefined : this.#cells.point(group, this.#values[group]!, measure, slot, span)
  }

  /** Everything folded since the last part. */
  part(): Part {
    const overflow = this.#overflows.some((each, number) => each && this.#used[number] === true)
    const nameless = this.#labels.some((labels, number) => labels === NAMELESS && this.#used[number] === true)
    const part = { groups: this.#cells.groups(), seen: this.#seen(), overflow, nameless, size: this.#cells.size }
    this.#cells = this.#empty()
    this.#used = []
    return part
  }

  #empty(): Cells {
    return new Cells(this.#folding.measures)
  }

  #seen(): ReadonlySet<string> | null {
    if (!this.#used.includes(true)) return null
    const seen = new Set<string>()
    this.#labels.forEach((labels, number) => {
      if (this.#used[number] === true) for (const label of labels.keys()) seen.add(label)
    })
    if (seen.has('status')) seen.add('status_class')
    return seen
  }

  #learn(labels: ReadonlyMap<string, string>): void {
    const { filters, measures } = this.#folding
    this.#labels.push(labels)
    this.#overflows.push([...labels.values()].includes(OVERFLOW))
    this.#groups.push(filters.every((filter) => meets(labels, filter)) ? this.#group(labels) : -1)
    measures.forEach((measure, m) => this.#slots[m]!.push(measure.slot(labels)))
  }

  #group(labels: ReadonlyMap<string, string>): number {
    const values = this.#folding.labels.map((label) => valueOf(labels, label) || null)
    const key = values.join('\0')
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    this.#keys.set(key, this.#values.length)
    return this.#values.push(values) - 1
  }
}

function same(a: Uint32Array, b: Uint32Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
