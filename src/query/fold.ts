import { IdIndex } from '../core/ids.ts'
import type { Point } from '../core/point.ts'
import { cover, type Cover } from './cover.ts'
import { metricId } from './dictionary.ts'
import { meets, valueOf } from './filters.ts'
import type { Folded, Folding, Group, Measure } from './folding.ts'
import { Cells } from './group.ts'
import type { Bounds, Reader } from './reader.ts'
import { watch } from './watch.ts'
import { zoneOf } from './zone.ts'

export type { Folded, Folding, Group, Measure, Spans } from './folding.ts'

/** Reads every box of the spans once and merges its points by group, span, measure and slot. Empty groups do not occur. */
export async function fold(folding: Folding, reader: Reader, now: number, bounds: Bounds = {}): Promise<Folded> {
  const pause = watch(bounds)
  const sets = new LabelSets(folding)
  const detail = folding.measures.some((measure) => measure.buckets)
  let warning: string | null = null
  const reading = {
    driver: reader.driver,
    spans: folding.spans,
    detail,
    now,
    kept: reader.kept,
    home: zoneOf(reader.timezone),
    warn: (text: string) => (warning = text),
  }
  for await (const each of cover(reading)) {
    sets.open(each.box.labels, await reader.dictionary.labels(each.box.labels))
    foldBox(each, folding.measures, sets)
    const paused = pause()
    if (paused !== undefined) await paused
  }
  return { groups: sets.groups(), seen: sets.seen(), warning }
}

function foldBox({ box, span }: Cover, measures: readonly Measure[], sets: LabelSets): void {
  measures.forEach((measure, m) => {
    box.fold(metricId(measure.metric), measure.buckets, (at) => sets.target(at, m, span))
  })
}

/** The label sets met so far, numbered, each with its group and its slots: worked out once, not once per point. */
class LabelSets {
  readonly #folding: Folding
  readonly #index = new IdIndex()
  readonly #labels: ReadonlyMap<string, string>[] = []
  /** By number: the group, -1 if filtered out. */
  readonly #groups: number[] = []
  /** By measure, then number: the slot. */
  readonly #slots: number[][]
  readonly #used: boolean[] = []
  readonly #keys = new Map<string, number>()
  readonly #cells: Cells
  /** The number of each label set of the box that is open. */
  #numbers: Int32Array = new Int32Array(1024)

  constructor(folding: Folding) {
    this.#folding = folding
    this.#slots = folding.measures.map(() => [])
    this.#cells = new Cells(folding.measures, folding.spans.starts.length)
  }

  /** Numbers the label sets of a box: pairs of halves of ids, and what they stand for. */
  open(ids: Uint32Array, labelsAt: (at: number) => ReadonlyMap<string, string>): void {
    const count = ids.length / 2
    if (this.#numbers.length < count) this.#numbers = new Int32Array(2 * count)
    for (let at = 0; at < count; at++) {
      const number = this.#index.add(ids[2 * at]!, ids[2 * at + 1]!)
      if (number === this.#labels.length) this.#learn(labelsAt(at))
      this.#numbers[at] = number
    }
  }

  target(at: number, measure: number, span: number): Point | undefined {
    const number = this.#numbers[at]!
    this.#used[number] = true
    const group = this.#groups[number]!
    const slot = this.#slots[measure]![number]!
    return group < 0 || slot < 0 ? undefined : this.#cells.point(group, measure, slot, span)
  }

  groups(): readonly Group[] {
    return this.#cells.groups()
  }

  seen(): ReadonlySet<string> | null {
    if (!this.#used.includes(true)) return null
    const seen = new Set<string>()
    this.#labels.forEach((labels, number) => {
      if (this.#used[number]) for (const label of labels.keys()) seen.add(label)
    })
    if (seen.has('status')) seen.add('status_class')
    return seen
  }

  #learn(labels: ReadonlyMap<string, string>): void {
    const { filters, measures } = this.#folding
    this.#labels.push(labels)
    this.#used.push(false)
    this.#groups.push(filters.every((filter) => meets(labels, filter)) ? this.#group(labels) : -1)
    measures.forEach((measure, m) => this.#slots[m]!.push(measure.slot(labels)))
  }

  #group(labels: ReadonlyMap<string, string>): number {
    const values = this.#folding.labels.map((label) => valueOf(labels, label) || null)
    const key = values.join('\0')
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    this.#keys.set(key, this.#keys.size)
    return this.#cells.add(values)
  }
}
