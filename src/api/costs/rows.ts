import { iso, labelOf } from '../../query/calendar.ts'
import { short } from '../../query/number.ts'
import type { Row, Scalar } from '../../query/query.ts'
import type { Range } from '../../query/range.ts'
import type { Zone } from '../../query/zone.ts'
import type { Group } from '../../query/fold.ts'
import { columnsFor } from '../columns.ts'
import type { Line } from './lines.ts'
import { dollars, type Tally } from './tally.ts'

/** What rows are written by. */
export interface Sheet {
  readonly range: Range
  readonly zone: Zone
  readonly labels: readonly string[]
  /** Nano-dollars of all lines, for shares. */
  readonly nano: number
  /** HTTP requests of endpoints; undefined unless grouped by endpoint. */
  readonly requests: ReadonlyMap<string, Group> | undefined
}

/** Columns that are no labels; a label of such a name is escaped. */
const OWN: readonly string[] = (
  'id time ts label requests input_tokens output_tokens cached_tokens value share_percent avg_cost_usd kind calls errors ' +
  'aborted unpriced_requests estimated_requests cache_write_tokens reasoning_tokens llm_cost other_cost tool_cost ' +
  'estimated_cost http_requests cost_per_request complete partial'
).split(' ')

/** Rows of all lines: one for each, or by time one for each line and bucket. */
export function rowsOf(lines: readonly Line[], sheet: Sheet): Row[] {
  const { width, spans } = sheet.range
  if (width === null) return lines.map((line) => rowOf(line, line.whole, undefined, sheet))
  const all = lines.length === 0 && sheet.labels.length === 0 ? [undefined] : lines
  return spans.starts.flatMap((_, span) => all.map((line) => rowOf(line, line?.tallies[span], span, sheet)))
}

/** The keys that rows have, whatever the data. */
export function keysOf(sheet: Sheet): string[] {
  return Object.keys(rowOf(undefined, undefined, sheet.range.width === null ? undefined : 0, sheet))
}

function rowOf(line: Line | undefined, tally: Tally | undefined, span: number | undefined, sheet: Sheet): Row {
  const { range, zone, labels } = sheet
  const row: Record<string, Scalar> = { id: idOf(line, span, sheet) }
  if (span !== undefined && range.width !== null) {
    const start = range.spans.starts[span]!
    Object.assign(row, { time: iso(start, zone), ts: start, label: labelOf(start, range.width, zone) })
  }
  // A model says little without who serves it.
  if (labels.includes('model') && !labels.includes('provider')) row['provider'] = joined(line?.providers)
  const own = new Set(['model', 'provider', 'kind'])
  const columns = columnsFor(
    labels.filter((label) => !own.has(label)),
    [...OWN, ...own]
  )
  labels.forEach((label, at) => (row[columns.get(label) ?? label] = line?.values[at] ?? null))
  const rest = figuresOf(tally, span === undefined ? sheet.nano : undefined)
  for (const [key, value] of Object.entries(rest)) row[key] = value
  row['kind'] ??= joined(line?.kinds)
  if (sheet.requests !== undefined) Object.assign(row, perRequest(line, tally, span, sheet))
  row['complete'] = tally?.complete ?? true
  if (span !== undefined) row['partial'] = range.partial[span] ?? false
  return row
}

function figuresOf(tally: Tally | undefined, all: number | undefined): Row {
  const value = tally === undefined ? 0 : tally.value
  const share = value === null || all === undefined || all === 0 ? null : short(((tally?.nano ?? 0) / all) * 100)
  return {
    requests: tally?.requests ?? 0,
    input_tokens: tally?.input ?? 0,
    output_tokens: tally?.output ?? 0,
    cached_tokens: tally?.cached ?? 0,
    value,
    ...(all === undefined ? {} : { share_percent: share }),
    avg_cost_usd:
      tally === undefined || tally.requests === 0 || value === null ? null : average(tally.nano, tally.requests),
    ...detailsOf(tally),
  }
}

/** What stands behind the cost: what is not in it, and what it is made of. */
export function detailsOf(tally: Tally | undefined): Row {
  return {
    calls: tally?.calls ?? 0,
    errors: tally?.errors ?? 0,
    aborted: tally?.aborted ?? 0,
    unpriced_requests: tally?.unpriced ?? 0,
    estimated_requests: tally?.estimated ?? 0,
    cache_write_tokens: tally?.written ?? 0,
    reasoning_tokens: tally?.reasoning ?? 0,
    llm_cost: dollars(tally?.llm ?? 0),
    other_cost: dollars(tally?.other ?? 0),
    tool_cost: dollars(tally?.tools ?? 0),
    estimated_cost: dollars(tally?.guessed ?? 0),
  }
}

/** What models cost for each request that the endpoint had. */
function perRequest(line: Line | undefined, tally: Tally | undefined, span: number | undefined, sheet: Sheet): Row {
  const endpoint = line?.values[sheet.labels.indexOf('endpoint')] ?? ''
  const group = sheet.requests?.get(endpoint)
  const point = span === undefined ? group?.whole(0, 0) : group?.at(0, 0, span)
  const requests = Math.round(point?.total ?? 0)
  const known = requests > 0 && tally !== undefined && tally.value !== null
  return { http_requests: requests, cost_per_request: known ? average(tally.llm, requests) : null }
}

/** Six decimals, or nine where six would say little. */
function average(nano: number, count: number): number {
  const usd = nano / count / 1e9
  const scale = Math.abs(usd) < 0.001 ? 1e9 : 1e6
  return Math.round(usd * scale) / scale + 0
}

function idOf(line: Line | undefined, span: number | undefined, sheet: Sheet): string {
  const parts = ['llm_cost_usd']
  if (span !== undefined) parts.push(String(sheet.range.spans.starts[span]! / 1000))
  sheet.labels.forEach((label, at) => parts.push(`${label}=${line?.values[at] ?? ''}`))
  return parts.length === 1 ? `${parts[0]}:total` : parts.join(':')
}

function joined(values: ReadonlySet<string> | undefined): string | null {
  return values === undefined || values.size === 0 ? null : [...values].sort().join(',')
}
