import { iso } from './calendar.ts'
import { change } from './number.ts'
import { unitOf } from './readout.ts'
import type { Row } from './row.ts'
import { elapsed, type Table, wholeValue } from './table.ts'

/** What stands around the rows, in the order of the contract. `total` is the first metric's value over all. */
export function envelope(table: Table, rows: { count: number; total: number }, warnings: readonly string[]): Row {
  const { asked, question, range, zone } = table
  const [first] = asked
  const total = first === undefined ? null : wholeValue(table, table.everything.now, first, elapsed(range))
  const before = first === undefined || table.earlier === null ? null : beforeTotal(table)
  const { sample } = question
  return {
    metric: question.metrics.join(','),
    unit:
      first === undefined ? null : once(asked.map((each) => unitOf(each.metric, each.aggregates[0]!, question.per))),
    agg: first === undefined ? null : table.columns.join(','),
    interval: range.width?.name ?? (sample ? 'hour' : null),
    tz: zone.name,
    from: iso(range.from, zone),
    to: iso(range.to, zone),
    total,
    previous_total: before ?? (sample ? total : null),
    change_percent: change(total, before) ?? (sample ? 0 : null),
    row_count: rows.count,
    total_rows: rows.total,
    next: null,
    warning: warnings.length === 0 ? null : warnings.join(' '),
  }
}

function once(texts: readonly string[]): string {
  return [...new Set(texts)].join(',')
}

function beforeTotal(table: Table): number | null {
  const { starts, ends } = table.earlier!.spans
  const seconds = starts.reduce((sum, start, i) => sum + (ends[i]! - start) / 1000, 0)
  return wholeValue(table, table.everything.before, table.asked[0]!, seconds)
}
