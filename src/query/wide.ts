import { Keys, labelColumns } from './columns.ts'
import { change } from './number.ts'
import type { Row, Scalar } from './row.ts'
import { timesOf } from './rows.ts'
import { type Cell, cells, type Line, type Table } from './table.ts'

interface Column {
  readonly key: string
  readonly text: string
  /** By span. */
  readonly values: readonly (number | null)[]
}

/** Rows with a column for each line (and metric, and aggregate, where there are several), and a total of each metric. */
export function wide(table: Table): { rows: Row[]; columns: Record<string, string> | null } {
  const { fixed } = labelColumns(table)
  const keys = new Keys([
    'id',
    'time',
    'ts',
    'label',
    'total',
    'previous',
    'change_percent',
    'partial',
    ...fixed.map(([key]) => key),
  ])
  const series = table.lines.flatMap((line) => columnsOf(table, line, keys))
  const totals = cells(table, table.everything, table.asked[0]!)
  const times = timesOf(table)
  const rows: Row[] = []
  table.range.spans.starts.forEach((start, span) => {
    if (table.question.fill === 'none' && totals[span]!.empty) return
    const row: Record<string, Scalar> = {
      id: `${names(table)}:${times === null ? 'total' : start / 1000}`,
      ...times?.[span],
    }
    for (const [key, value] of fixed) row[key] = value
    for (const column of series) row[column.key] = column.values[span]!
    writeTotal(row, totals[span]!, table)
    if (times !== null) row['partial'] = table.range.partial[span]!
    rows.push(row)
  })
  const renamed = series.filter((column) => column.key !== column.text).map((column) => [column.key, column.text])
  return {
    rows: table.question.order === '-time' ? rows.reverse() : rows,
    columns: renamed.length === 0 ? null : Object.fromEntries(renamed),
  }
}

function writeTotal(row: Record<string, Scalar>, cell: Cell, table: Table): void {
  row['total'] = cell.value
  if (table.earlier === null) return
  row['previous'] = cell.previous
  row['change_percent'] = change(cell.value, cell.previous)
}

function names(table: Table): string {
  return table.asked.map((asked) => asked.metric.name).join(',')
}

function columnsOf(table: Table, line: Line, keys: Keys): Column[] {
  const { labels } = table.question
  const label = line.other ? line.values[0]! : line.values.map((value) => value ?? '').join(' ')
  return table.asked.flatMap((asked) => {
    const made = cells(table, line, asked)
    return asked.aggregates.map((aggregate) => {
      const parts = [label]
      if (table.asked.length > 1 || labels.length === 0) parts.push(asked.metric.name)
      if (asked.aggregates.length > 1) parts.push(aggregate)
      const text = parts.filter((part) => part !== '').join(' ')
      const place = table.columns.indexOf(aggregate)
      return { key: keys.add(text, labels[0] ?? 'column'), text, values: made.map((cell) => cell.columns[place]!) }
    })
  })
}
