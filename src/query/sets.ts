import type { Target } from '../core/folding.ts'
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
  #used: Uint8Array = new Uint8Array(1024)
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
    if (2 * this.#numbers.length < ids.length) this.#numbers = new Int32Array(ids.length)
    const known = this.#index.size
    this.#index.addAll(ids, this.#numbers)
    return this.#index.size === known ? undefined : this.#index.ids.slice(2 * known)
  }

  /** What the new label sets are, in their order. */
  learn(fresh: Uint32Array, labelsAt: (at: number) => ReadonlyMap<string, string>): void {
    for (let at = 0; at < fresh.length / 2; at++) this.#learn(labelsAt(at))
    if (this.#used.length >= this.#labels.length) return
    const used = new Uint8Array(2 * this.#labels.length)
    used.set(this.#used)
    this.#used = used
  }

  /** Where to merge the points that the box that is open has of a measure. */
  target(measure: number, span: number): Target {
    const [numbers, used, groups, slots] = [this.#numbers, this.#used, this.#groups, this.#slots[measure]!]
    const [cells, values, { detail }] = [this.#cells, this.#values, this.#folding.measures[measure]!]
    let [lastGroup, lastSlot] = [-1, -1]
    let last: Point | undefined
    return (at) => {
      const number = numbers[at]!
      used[number] = 1
      const group = groups[number]!
      const slot = slots[number]!
      if (group < 0 || slot < 0) return undefined
      // What has detail is weighed each time.
      if (group === lastGroup && slot === lastSlot && !detail) return last
      lastGroup = group
      lastSlot = slot
      return (last = cells.point(group, values[group]!, measure, slot, span))
    }
  }

  /** Everything folded since the last part. */
  part(): Part {
    const overflow = this.#overflows.some((each, number) => each && this.#used[number] === 1)
    const nameless = this.#labels.some((labels, number) => labels === NAMELESS && this.#used[number] === 1)
    const part = { groups: this.#cells.groups(), seen: this.#seen(), overflow, nameless, size: this.#cells.size }
    this.#cells = this.#empty()
    this.#used.fill(0)
    return part
  }

  #empty(): Cells {
    return new Cells(this.#folding.measures)
  }

  #seen(): ReadonlySet<string> | null {
    if (!this.#used.includes(1)) return null
    const seen = new Set<string>()
    this.#labels.forEach((labels, number) => {
      if (this.#used[number] === 1) for (const label of labels.keys()) seen.add(label)
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
