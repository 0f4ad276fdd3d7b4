import { type Aggregate, isPercentile } from './question.ts'
import type { Asked, Table } from './table.ts'

/** Which keys the rows have beside the fixed ones; they follow from the parameters and the metrics, never from data. */
export interface Extras {
  readonly errors: boolean
  readonly count: boolean
  readonly previous: boolean
  readonly share: boolean
}

const FIXED = new Set(
  'id time ts label metric value errors count previous change_percent share_percent partial total'.split(' ')
)

/** What rows say beside their value: what a percentile, a rate or a ratio rests on; the earlier value; the share. */
export function extras(table: Table, counted: boolean): Extras {
  const ratio = table.asked.some((asked) => asked.metric.kind === 'ratio')
  const some = table.asked.some((asked) => asked.aggregates.some((each) => isPercentile(each) || each === 'rate'))
  const named = table.columns.length > 1 && table.columns.includes('count')
  return {
    errors: ratio,
    count: (ratio || some) && !named,
    previous: table.earlier !== null,
    share: table.range.width === null && table.question.labels.length > 0 && counted,
  }
}

/** Labels that one plain value is asked of and that are not grouped by: each row shows it. */
export function pinned(table: Table): readonly (readonly [label: string, value: string])[] {
  return table.question.filters
    .filter(
      ({ label, values, not }) => !not && values.length === 1 && !values[0]!.includes('*') && !grouped(table, label)
    )
    .map(({ label, values }) => [label, values[0]!] as const)
}

function grouped(table: Table, label: string): boolean {
  return table.question.labels.includes(label)
}

/** The key of a label: a name that rows have for something else is escaped. */
export function keyOf(label: string): string {
  const key = snake(label)
  return FIXED.has(key) || /^p\d\d$/.test(key) ? `label_${key}` : key
}

/** `[a-z][a-z0-9_]*`, or '' if nothing is left. */
export function snake(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 64)
}

/** The keys of wide columns; texts whose keys are taken, or are none, get the prefix or a number. */
export class Keys {
  readonly #taken: Set<string>

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken)
  }

  add(text: string, prefix: string): string {
    const plain = snake(text)
    const start = /^[a-z]/.test(plain) && !this.#taken.has(plain) ? plain : snake(`${prefix}_${plain}`)
    let key = start
    for (let n = 2; this.#taken.has(key); n++) key = `${start}_${n}`
    this.#taken.add(key)
    return key
  }
}

/** The aggregates of all metrics, each once. */
export function union(asked: readonly Asked[]): readonly Aggregate[] {
  return [...new Set(asked.flatMap((each) => each.aggregates))]
}
