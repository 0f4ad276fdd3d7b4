import { MetricsError } from '../../errors.ts'
import { STORED, statusClass } from '../../names.ts'
import { iso } from '../../query/calendar.ts'
import { type Folded, type Folding, type Group, fold } from '../../query/fold.ts'
import type { Shown } from '../../query/metric.ts'
import { percent, rounded, short } from '../../query/number.ts'
import { parse } from '../../query/parse.ts'
import type { Reader, Row, Scalar } from '../../query/query.ts'
import { type Aggregate, type Filter, LIMITS } from '../../query/question.ts'
import { type Range, layOut } from '../../query/range.ts'
import { read } from '../../query/readout.ts'
import { type Zone, zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, nextByOffset, param, warningOf } from '../page.ts'

const CLASSES = ['2xx', '3xx', '4xx', '5xx', 'aborted', 'other'] as const
const SERVER_ERROR = CLASSES.indexOf('5xx')
const LATENCY: Shown = { ...STORED.latency, of: STORED.latency.name, statusClass: null }

// Invented, for tools that learn the columns from an answer; also the list of what can be sorted by.
const SAMPLE = {
  id: 'GET /users/:id',
  method: 'GET',
  endpoint: '/users/:id',
  requests: 18211,
  requests_per_minute: 303.52,
  errors: 4,
  error_rate_percent: 0.02,
  status_2xx: 18190,
  status_3xx: 0,
  status_4xx: 17,
  status_5xx: 4,
  aborted: 0,
  avg_ms: 15.1,
  p50_ms: 12.4,
  p95_ms: 48.1,
  p99_ms: 96.5,
  max_ms: 402.7,
  blocking_ms: 212.4,
  last_time: '2026-11-22T10:29:59Z',
} as const

/** A row for each method and endpoint: requests, statuses, latency. */
export async function endpoints(ask: Ask, reader: Reader): Promise<Page> {
  const params = ask.params.filter(([name]) => name !== 'order' && name !== 'format' && name !== 'shape')
  const question = parse(params, ask.now, { timezone: reader.timezone, needsMetric: false })
  const order = orderOf(ask)
  const zone = zoneOf(question.tz)
  const frame = { now: ask.now, kept: reader.kept, zone, home: zoneOf(reader.timezone) }
  const range = layOut(question.from, question.to, null, frame)
  const folded = await foldWith(question.filters, range, reader, ask.now)
  const groups = folded.groups.filter(hadRequests)
  const all: Row[] = question.sample ? [SAMPLE] : groups.map((group) => rowOf(group, range, zone))
  all.sort(order)
  const limit = question.limit ?? LIMITS.page
  const offset = question.page === null ? question.offset : (question.page - 1) * limit
  const rows = all.slice(offset, offset + limit)
  const next = offset + limit < all.length ? nextByOffset(ask, offset + limit, limit) : null
  const envelope = {
    from: iso(range.from, zone),
    to: iso(range.to, zone),
    tz: zone.name,
    total: all.reduce((sum, row) => sum + Number(row.requests), 0),
    row_count: rows.length,
    total_rows: all.length,
    next,
    warning: warningOf(...question.warnings, range.warning, folded.warning),
  }
  return { envelope, rows, next, total: all.length, name: 'endpoints', ids: false, keys: Object.keys(SAMPLE) }
}

/** A parameter that may be a filter or a cache buster is a filter if requests have such a label. */
async function foldWith(filters: readonly Filter[], range: Range, reader: Reader, now: number): Promise<Folded> {
  const sure = filters.filter(({ maybe }) => maybe !== true)
  const folded = await fold(foldingOf(range, sure), reader, now)
  const labels = filters.filter(({ maybe, label }) => maybe === true && folded.seen?.has(label) === true)
  return labels.length === 0 ? folded : fold(foldingOf(range, [...sure, ...labels]), reader, now)
}

function foldingOf(range: Range, filters: Folding['filters']): Folding {
  const slot = (labels: ReadonlyMap<string, string>): number => {
    const found = CLASSES.indexOf(statusClass(labels.get('status') ?? '') as (typeof CLASSES)[number])
    return found < 0 ? CLASSES.length - 1 : found
  }
  return {
    spans: range.spans,
    measures: [
      { metric: STORED.requests.name, detail: false, slots: CLASSES.length, slot, key: 'classes' },
      { metric: STORED.latency.name, detail: true, slots: 1, slot: () => 0, key: 'all' },
      { metric: STORED.blocking.name, detail: false, slots: 1, slot: () => 0, key: 'all' },
    ],
    labels: ['method', 'endpoint'],
    filters,
  }
}

/** What held up the event loop may have been none. */
function hadRequests(group: Group): boolean {
  return group.whole(1, 0) !== undefined || CLASSES.some((_, slot) => group.whole(0, slot) !== undefined)
}

function rowOf(group: Group, range: Range, zone: Zone): Row {
  const [method = '', endpoint = ''] = group.values.map((value) => value ?? '')
  const points = CLASSES.map((_, slot) => group.whole(0, slot))
  const counts = points.map((point) => point?.total ?? 0)
  const requests = counts.reduce((sum, count) => sum + count, 0)
  const errors = counts[SERVER_ERROR] ?? 0
  const last = Math.max(...points.map((point) => point?.at ?? -1))
  return {
    id: `${method} ${endpoint}`,
    method,
    endpoint,
    requests,
    requests_per_minute: short(requests / ((range.end - range.from) / 60_000)),
    errors,
    error_rate_percent: percent(errors, requests),
    status_2xx: counts[0] ?? 0,
    status_3xx: counts[1] ?? 0,
    status_4xx: counts[2] ?? 0,
    status_5xx: errors,
    aborted: counts[4] ?? 0,
    ...latencyOf(group),
    blocking_ms: rounded((group.whole(2, 0)?.total ?? 0) * STORED.blocking.factor),
    last_time: last < 0 ? null : iso(last, zone),
  }
}

function latencyOf(group: Group): Row {
  const pair = { first: group.whole(1, 0), rest: undefined }
  const ms = (aggregate: Aggregate): number | null => read(pair, aggregate, LATENCY, 1, 'second')
  return { avg_ms: ms('avg'), p50_ms: ms('p50'), p95_ms: ms('p95'), p99_ms: ms('p99'), max_ms: ms('max') }
}

/** `order=-p95_ms`: any column; nulls come last, ties are told apart by id. */
function orderOf(ask: Ask): (a: Row, b: Row) => number {
  const asked = param(ask, 'order') ?? '-requests'
  const falls = asked.startsWith('-')
  const column = falls ? asked.slice(1) : asked
  if (!Object.hasOwn(SAMPLE, column)) {
    throw new MetricsError('bad_shape', `order=${asked.slice(0, 64)} is not a column.`, {
      parameter: 'order',
      hint: `Try order=-requests. Columns: ${Object.keys(SAMPLE).join(', ')}.`,
    })
  }
  return (a, b) => {
    const [left, right] = [a[column] ?? null, b[column] ?? null]
    if (left === right) return compare(a.id ?? null, b.id ?? null)
    if (left === null || right === null) return left === null ? 1 : -1
    return falls ? compare(right, left) : compare(left, right)
  }
}

function compare(a: Scalar, b: Scalar): number {
  if (a === b || a === null || b === null) return 0
  return a < b ? -1 : 1
}
