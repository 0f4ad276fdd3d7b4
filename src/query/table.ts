import type { Earlier } from './compare.ts'
import type { Group } from './folding.ts'
import type { Shown } from './metric.ts'
import type { Aggregate, Question } from './question.ts'
import type { Range } from './range.ts'
import { filling, isCounted, type Pair, parts, read } from './readout.ts'
import type { Zone } from './zone.ts'

/** One metric of a question. */
export interface Asked {
  readonly metric: Shown
  /** Its place among the measures folded. */
  readonly measure: number
  /** The first is its `value`. */
  readonly aggregates: readonly Aggregate[]
}

/** One combination of label values, now and in the earlier period. */
export interface Line {
  readonly values: readonly (string | null)[]
  /** Stands for all that are not shown. */
  readonly other: boolean
  readonly now: Group | undefined
  readonly before: Group | undefined
}

/** A question with everything that was folded for it, not yet rows. */
export interface Table {
  readonly question: Question
  readonly range: Range
  readonly zone: Zone
  readonly asked: readonly Asked[]
  /** Every aggregate of any metric; the first is the first asked for. */
  readonly columns: readonly Aggregate[]
  readonly lines: readonly Line[]
  /** How many lines there are besides `(other)`, shown or not. */
  readonly lineCount: number
  /** The number of the first line of the next page, where lines are paged. */
  readonly nextLine: number | null
  /** All lines as one, also those that are not shown. */
  readonly everything: Line
  readonly earlier: Earlier | null
}

/** What one row shows. */
export interface Cell {
  readonly value: number | null
  /** By column of the table; null where the metric cannot have it. */
  readonly columns: readonly (number | null)[]
  readonly errors: number | null
  readonly count: number
  readonly previous: number | null
  /** Nothing was recorded. */
  readonly empty: boolean
}

/** The points of a metric in one span. */
export function pairAt(group: Group | undefined, asked: Asked, span: number): Pair {
  const rest = asked.metric.kind === 'ratio' ? group?.at(asked.measure, 1, span) : undefined
  return { first: group?.at(asked.measure, 0, span), rest }
}

/** The points of a metric in all spans. */
export function pairOf(group: Group | undefined, asked: Asked): Pair {
  const rest = asked.metric.kind === 'ratio' ? group?.whole(asked.measure, 1) : undefined
  return { first: group?.whole(asked.measure, 0), rest }
}

/** The `value` of a metric over the whole range: nothing counted is zero, nothing measured null. */
export function wholeValue(table: Table, group: Group | undefined, asked: Asked, seconds: number): number | null {
  const aggregate = asked.aggregates[0]!
  const value = read(pairOf(group, asked), aggregate, asked.metric, seconds, table.question.per)
  return value ?? (isCounted(aggregate) ? 0 : null)
}

/** Seconds that have really elapsed in the range. */
export function elapsed(range: Range): number {
  return (range.end - range.from) / 1000
}

/** The cells of one metric and line, one per span, gaps filled. */
export function cells(table: Table, line: Line, asked: Asked): Cell[] {
  const made = table.range.spans.starts.map((_, span) => cell(table, line, asked, span))
  if (table.question.fill !== 'previous') return made
  let last: Cell | undefined
  return made.map((each) => {
    if (!each.empty || last === undefined) {
      last = each.empty ? undefined : each
      return each
    }
    return { ...each, value: last.value, columns: last.columns }
  })
}

function cell(table: Table, line: Line, asked: Asked, span: number): Cell {
  const { range, question } = table
  const pair = pairAt(line.now, asked, span)
  const seconds = (range.spans.ends[span]! - range.spans.starts[span]!) / 1000
  const get = (aggregate: Aggregate) => {
    const value = read(pair, aggregate, asked.metric, seconds, question.per)
    return value ?? (filling(aggregate, question.fill) === 'zero' ? 0 : null)
  }
  const ratio = asked.metric.kind === 'ratio' ? parts(pair) : undefined
  const count = ratio?.count ?? pair.first?.count ?? 0
  const first = asked.aggregates[0]!
  const value = get(first)
  return {
    value,
    columns: table.columns.map((column) =>
      column === first ? value : asked.aggregates.includes(column) ? get(column) : null
    ),
    errors: ratio?.errors ?? null,
    count,
    previous: table.earlier === null ? null : previous(table, line, asked, table.earlier.of[span]!),
    empty: count === 0,
  }
}

function previous(table: Table, line: Line, asked: Asked, span: number): number | null {
  const { starts, ends } = table.earlier!.spans
  const aggregate = asked.aggregates[0]!
  const seconds = (ends[span]! - starts[span]!) / 1000
  const value = read(pairAt(line.before, asked, span), aggregate, asked.metric, seconds, table.question.per)
  return value ?? (isCounted(aggregate) ? 0 : null)
}
