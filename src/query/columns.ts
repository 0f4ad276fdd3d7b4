import { type Aggregate, isPercentile } from './question.ts'
import type { Asked, Table } from './table.ts'

/** Which keys the rows have beside the fixed ones; they follow from the parameters and the metrics, never from data. */
export interface Extras {
  readonly errors: boolean
  readonly count: boolean
  readonly previous: boolean
  readonly share: boolean
}

const FIXED: readonly string[] = (
  'id time ts label metric value errors count previous change_percent share_percent partial total ' +
  'sum avg min max last rate unique ratio p50 p75 p90 p95 p99'
).split(' ')

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
function pinned(table: Table): readonly (readonly [label: string, value: string])[] {
  return table.question.filters
    .filter(
      ({ label, values, not }) => !not && values.length === 1 && !values[0]!.includes('*') && !grouped(table, label)
    )
    .map(({ label, values }) => [label, values[0]!] as const)
}

function grouped(table: Table, label: string): boolean {
  return table.question.labels.includes(label)
}

/** The key of each of these labels: a name that rows have for something else is escaped, and none is twice. */
export function labelKeys(labels: readonly string[]): readonly string[] {
  const keys = new Keys(FIXED)
  return labels.map((label) => keys.add(label, 'label'))
}

/** The keys of labels grouped by, and those pinned with their values. */
export function labelColumns(table: Table): {
  keys: readonly string[]
  fixed: readonly (readonly [key: string, value: string])[]
} {
  const { labels } = table.question
  const some = pinned(table)
  const keys = labelKeys([...labels, ...some.map(([label]) => label)])
  const fixed = some.map(([, value], at) => [keys[labels.length + at]!, value] as const)
  return { keys: keys.slice(0, labels.length), fixed }
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
    const start = /^[a-z]/.test(plain) && !this.#taken.has(plain) ? plain : prefixed(prefix, plain)
    let key = start
    for (let n = 2; this.#taken.has(key); n++) key = `${start}_${n}`
    this.#taken.add(key)
    return key
  }
}

function prefixed(prefix: string, plain: string): string {
  const start = snake(`${prefix}_${plain}`)
  return /^[a-z]/.test(start) ? start : `label_${start}`
}

/** The aggregates of all metrics, each once. */
export function union(asked: readonly Asked[]): readonly Aggregate[] {
  return [...new Set(asked.flatMap((each) => each.aggregates))]
}
