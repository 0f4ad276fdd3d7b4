import { iso, labelOf } from './calendar.ts'
import { type Extras, extras, labelColumns } from './columns.ts'
import { compareNumbers, compareValues, OTHER } from './lines.ts'
import { change, percent } from './number.ts'
import { isCounted } from './readout.ts'
import type { Row, Scalar } from './row.ts'
import { type Asked, type Cell, cells, elapsed, type Line, type Table, wholeValue } from './table.ts'

/** One row before it is written out: sorting and paging need no more. */
export interface Ref {
  readonly line: Line
  readonly asked: Asked
  readonly span: number
  readonly cell: Cell
}

/** All rows in order: time, then line, then metric, unless asked otherwise. */
export function refs(table: Table): Ref[] {
  const columns = table.lines.map((line) => table.asked.map((asked) => cells(table, line, asked)))
  const all: Ref[] = []
  table.range.spans.starts.forEach((_, span) => {
    table.lines.forEach((line, l) => {
      table.asked.forEach((asked, a) => all.push({ line, asked, span, cell: columns[l]![a]![span]! }))
    })
  })
  const kept = table.question.fill === 'none' ? all.filter((ref) => !ref.cell.empty) : all
  return table.range.width === null ? kept : ordered(kept, table)
}

function ordered(all: Ref[], table: Table): Ref[] {
  switch (table.question.order) {
    case '-time':
      return all.sort((a, b) => b.span - a.span)
    case 'value':
    case '-value': {
      const growing = table.question.order === 'value'
      return all.sort((a, b) => compareNumbers(a.cell.value, b.cell.value, growing))
    }
    case 'label':
      return all.sort((a, b) => compareValues(a.line.values, b.line.values))
    default:
      return all
  }
}

/** Writes rows out: `id,time,ts,label,metric,…labels…,value,…aggregates…,…extras…,partial`. */
export function writer(table: Table): (ref: Ref) => Row {
  const more = extras(table, isCounted(table.asked[0]?.aggregates[0] ?? 'avg'))
  const { keys, fixed } = labelColumns(table)
  const times = timesOf(table)
  const totals = new Map(table.asked.map((asked) => [asked, more.share ? total(table, asked) : null]))
  return (ref) => {
    const row: Record<string, Scalar> = { id: idOf(table, ref) }
    if (times !== null) Object.assign(row, times[ref.span])
    row['metric'] = ref.asked.metric.name
    keys.forEach((key, i) => (row[key] = ref.line.values[i]!))
    for (const [key, value] of fixed) row[key] = value
    row['value'] = ref.cell.value
    if (table.columns.length > 1) table.columns.forEach((column, i) => (row[column] = ref.cell.columns[i]!))
    writeExtras(row, ref, more, totals.get(ref.asked)!)
    if (times !== null) row['partial'] = table.range.partial[ref.span]!
    return row
  }
}

function writeExtras(row: Record<string, Scalar>, { cell }: Ref, more: Extras, total: number | null): void {
  if (more.errors) row['errors'] = cell.errors
  if (more.count) row['count'] = cell.count
  if (more.previous) {
    row['previous'] = cell.previous
    row['change_percent'] = change(cell.value, cell.previous)
  }
  if (more.share) row['share_percent'] = percent(cell.value, total)
}

/** `time`, `ts` and `label` of each span, worked out once. */
export function timesOf(table: Table): readonly Row[] | null {
  const { width, spans } = table.range
  if (width === null) return null
  return spans.starts.map((start) => ({
    time: iso(start, table.zone),
    ts: start,
    label: labelOf(start, width, table.zone),
  }))
}

function idOf(table: Table, { line, asked, span }: Ref): string {
  const parts = [asked.metric.name]
  if (table.range.width !== null) parts.push(String(table.range.spans.starts[span]! / 1000))
  if (line.other) parts.push(OTHER)
  else table.question.labels.forEach((label, i) => parts.push(`${label}=${line.values[i] ?? ''}`))
  return parts.length === 1 ? `${parts[0]}:total` : parts.join(':')
}

/** What shares are shares of: all groups, shown on this page or not. */
function total(table: Table, asked: Asked): number | null {
  return wholeValue(table, table.everything.now, asked, elapsed(table.range))
}
