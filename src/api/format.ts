import type { Row, Scalar } from '../query/query.ts'
import type { Answer, Ask } from '../storage/store.ts'
import type { Page } from './page.ts'
import { MetricsError } from '../errors.ts'
import { BOM, type Cell, csvLine, csvTime } from '../exporters/csv.ts'
import { jsonText, ndjsonText, written } from '../exporters/json.ts'
import { cursorOf, param } from './page.ts'
import { CURSOR } from './streamed.ts'

/** How rows are written. */
export type RowFormat = 'json' | 'csv' | 'ndjson'

const FORMATS: readonly string[] = ['json', 'csv', 'ndjson']
const TYPES: Readonly<Record<RowFormat, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
}
const TIMES: ReadonlySet<string> = new Set([
  'time',
  'last_time',
  'first_seen',
  'last_seen',
  'since',
  'starts_at',
  'evaluated_at',
])

/** The format that `format=` names, else the one that `Accept` does, else `otherwise`. */
export function formatOf(ask: Ask, otherwise: RowFormat): RowFormat {
  const asked = param(ask, 'format')?.toLowerCase()
  if (asked === undefined) return accepted(ask.accept) ?? otherwise
  if (FORMATS.includes(asked)) return asked as RowFormat
  const hint =
    asked === 'sqlite'
      ? 'Writing a SQLite file is not built yet. Try format=csv or format=ndjson.'
      : 'Try format=json, format=csv or format=ndjson; format=prometheus at /metrics and /metrics/export.'
  throw new MetricsError('bad_format', `format=${asked.slice(0, 64)} is not known here.`, { parameter: 'format', hint })
}

function accepted(accept: string): RowFormat | undefined {
  if (accept.includes('json') && !accept.includes('ndjson')) return 'json'
  if (accept.includes('text/csv')) return 'csv'
  return accept.includes('application/x-ndjson') ? 'ndjson' : undefined
}

/** A page as an answer. `rows` alone where `shape=rows` asks for the bare list. */
export async function answerWith(page: Page, ask: Ask, format: RowFormat, bare: boolean): Promise<Answer> {
  const headers: Record<string, string> = { 'content-type': TYPES[format] }
  if (page.total !== null) headers['x-total-count'] = String(page.total)
  if (page.next !== null) headers['link'] = `<${page.next}>; rel="next"`
  if (page.cursor !== undefined) headers[CURSOR] = page.cursor
  const ending = format === 'json' ? '' : format
  if (ending !== '') headers['content-disposition'] = `inline; filename="${fileName(page.name)}.${ending}"`
  return { status: 200, headers, body: await bodyOf(page, ask, format, bare) }
}

function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]+/g, '_').slice(0, 80) || 'metrics'
}

function bodyOf(page: Page, ask: Ask, format: RowFormat, bare: boolean): Promise<Uint8Array> {
  const goesOn = cursorOf(ask) !== undefined
  if (format === 'csv') return csv(page, !goesOn, param(ask, 'bom') === '1')
  if (format === 'ndjson') return ndjsonText(page.rows)
  if (goesOn || page.cursor !== undefined) return piece(page, goesOn)
  if (bare) return jsonText(undefined, page.rows)
  const columns = page.columns ? { columns: page.columns } : {}
  return jsonText({ ...page.envelope, ...page.details, ...columns }, page.rows)
}

/** A part of one JSON list that is sent in pieces. */
function piece(page: Page, goesOn: boolean): Promise<Uint8Array> {
  const last = page.cursor === undefined
  return written(page.rows, goesOn ? '' : '[', last ? '\n]\n' : '', (row, index) => {
    return `${index === 0 && !goesOn ? '' : ','}\n${JSON.stringify(row)}`
  })
}

/** The columns are those of the first row: all rows have the same. */
function csv(page: Page, head: boolean, bom: boolean): Promise<Uint8Array> {
  const left = page.ids ? [] : ['id', 'ts']
  const all = page.rows[0] === undefined ? (page.keys ?? []) : Object.keys(page.rows[0])
  const columns = all.filter((column) => !left.includes(column))
  const open = head ? `${bom ? BOM : ''}${csvLine(columns)}` : ''
  return written(page.rows, open, '', (row) => csvLine(columns.map((column) => cell(column, row))))
}

function cell(column: string, row: Row): Cell {
  const value: Scalar = row[column] ?? null
  return typeof value === 'string' && TIMES.has(column) ? csvTime(value) : value
}
