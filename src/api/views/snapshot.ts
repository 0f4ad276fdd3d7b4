import { DAY, HOUR, MINUTE } from '../../core/time.ts'
import type { Point } from '../../core/point.ts'
import { MetricsError } from '../../errors.ts'
import { BUILT_IN, STORED, statusClass } from '../../names.ts'
import { floor, iso } from '../../query/calendar.ts'
import { type Folding, fold, type Group, type Spans } from '../../query/fold.ts'
import { merged } from '../../query/group.ts'
import { type Shown, shown } from '../../query/metric.ts'
import { percent, rounded, short } from '../../query/number.ts'
import { parse } from '../../query/parse.ts'
import type { Reader, Row, Scalar } from '../../query/query.ts'
import { type Aggregate, LIMITS, type Question } from '../../query/question.ts'
import { read } from '../../query/readout.ts'
import { type Zone, zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, nextByOffset, warningOf } from '../page.ts'
import { instances } from '../instances.ts'
import { lasts } from '../lasts.ts'
import { alertsFiring } from './alerts.ts'
import { alone, identity, keeping, machine, PROCESS_SAMPLE, processOf, text } from './process.ts'

const LATENCY: Shown = { ...STORED.latency, of: STORED.latency.name, statusClass: null }
const REMEMBERED = 30 * DAY
const DAYS = { name: 'day', unit: 'd', count: 1 } as const
const SAMPLE: Row = {
  id: 'revenue',
  metric: 'revenue',
  type: 'counter',
  unit: 'USD',
  today: 9,
  last_24h: 117,
  last_value: 9,
  last_time: '2026-11-22T05:23:03Z',
}

/** With `sample=1`: what is null while nothing has been measured. */
const SAMPLE_STATE: Row = {
  requests: 28044,
  requests_per_minute: 467.4,
  errors: 31,
  error_rate_percent: 0.11,
  latency_avg_ms: 18.2,
  latency_p50_ms: 12.4,
  latency_p95_ms: 49.6,
  latency_p99_ms: 104.2,
  cpu_percent: 14.2,
  memory_mb: 182.4,
  event_loop_p99_ms: 2.1,
  memory_percent: 35.6,
  disk_percent: 48.9,
  llm_cost_today_usd: 1.84,
}

/** How the app stands: requests of the last hour, this process, and every business metric; by instance, every process. */
export async function snapshot(ask: Ask, reader: Reader): Promise<Page> {
  try {
    return await whole(ask, reader)
  } catch (error) {
    if (error instanceof MetricsError && error.code.startsWith('storage_')) {
      return alone(ask, reader.timezone, Object.keys(SAMPLE_STATE), Object.keys(SAMPLE), error)
    }
    throw error
  }
}

async function whole(ask: Ask, reader: Reader): Promise<Page> {
  const params = ask.params.filter(([name]) => !['format', 'shape', 'order', 'from', 'to'].includes(name))
  const question = parse(params, ask.now, { timezone: reader.timezone, needsMetric: false })
  await reader.dictionary.refresh(ask.now)
  const zone = zoneOf(question.tz)
  const fleet = await instances(ask, reader)
  const requests = await lastHour(ask, reader, fleet.active)
  const names = reader.dictionary.metrics().map(({ metric }) => metric)
  const apart = question.labels.includes('instance')
  const business = names.filter((name) => !BUILT_IN.has(name)).sort()
  const own = business.flatMap((name) => shown(name, reader.dictionary) ?? [])
  const sample = apart ? PROCESS_SAMPLE : SAMPLE
  const each = (): Row[] => fleet.each.map((one) => processOf(one, zone))
  const all = question.sample ? [sample] : apart ? each() : await businessRows(own, reader, ask.now, zone)
  const { rows, next } = pageOf(all, question, ask)
  const envelope = {
    ...identity(ask, zone),
    ...requests,
    ...machine(ask),
    llm_cost_today_usd: await modelsToday(reader, ask.now, zone),
    ...(question.sample ? SAMPLE_STATE : {}),
    alerts_firing: await alertsFiring(ask, reader),
    instances: fleet.count,
    ...keeping(ask),
    row_count: rows.length,
    next,
    warning: warningOf(...question.warnings, text(ask, 'storage_problem')),
  }
  return { envelope, rows, next, total: all.length, name: 'metrics', ids: true, keys: Object.keys(sample) }
}

function pageOf(all: readonly Row[], question: Question, ask: Ask): { rows: Row[]; next: string | null } {
  const limit = question.limit ?? LIMITS.page
  const offset = question.page === null ? question.offset : (question.page - 1) * limit
  const next = offset + limit < all.length ? nextByOffset(ask, offset + limit, limit) : null
  return { rows: all.slice(offset, offset + limit), next }
}

async function lastHour(ask: Ask, reader: Reader, active: number): Promise<Row> {
  const { now } = ask
  const start = Math.floor((now - HOUR) / MINUTE) * MINUTE
  const folding: Folding = {
    spans: { starts: [start], ends: [now] },
    measures: [
      { metric: LATENCY.of, detail: true, slots: 1, slot: () => 0, key: 'all' },
      { metric: STORED.requests.name, detail: false, slots: 2, slot: isServerError, key: 'errors' },
    ],
    labels: [],
    filters: [],
  }
  const group = (await fold(folding, reader, now)).groups[0]
  const errors = group?.whole(1, 1)?.total ?? 0
  const requests = (group?.whole(1, 0)?.total ?? 0) + errors
  const pair = { first: group?.whole(0, 0), rest: undefined }
  const ms = (aggregate: Aggregate): number | null => read(pair, aggregate, LATENCY, 1, 'second')
  return {
    window: '1h',
    requests,
    requests_per_minute: short(requests / ((now - start) / MINUTE)),
    errors,
    error_rate_percent: percent(errors, requests),
    active_requests: active,
    latency_avg_ms: ms('avg'),
    latency_p50_ms: ms('p50'),
    latency_p95_ms: ms('p95'),
    latency_p99_ms: ms('p99'),
  }
}

/** What language models cost since midnight, as far as their prices are known. */
async function modelsToday(reader: Reader, now: number, zone: Zone): Promise<number> {
  const midnight = floor(now, DAYS, zone)
  const folding: Folding = {
    spans: { starts: [midnight], ends: [Math.max(now, midnight + 1)] },
    measures: [{ metric: STORED.llmCost.name, detail: false, slots: 1, slot: () => 0, key: 'all' }],
    labels: [],
    filters: [],
  }
  const nano = (await fold(folding, reader, now)).groups[0]?.whole(0, 0)?.total ?? 0
  return rounded(nano * STORED.llmCost.factor, 9) ?? 0
}

function isServerError(labels: ReadonlyMap<string, string>): number {
  return statusClass(labels.get('status') ?? '') === '5xx' ? 1 : 0
}

/** Each metric today, in the last 24 hours, and its last value of the last 30 days. */
async function businessRows(own: readonly Shown[], reader: Reader, now: number, zone: Zone): Promise<Row[]> {
  if (own.length === 0) return []
  const midnight = floor(now, DAYS, zone)
  const dayAgo = Math.floor((now - DAY) / MINUTE) * MINUTE
  const remembered = floor(now - REMEMBERED, DAYS, zoneOf(reader.timezone))
  const starts = [remembered, Math.min(midnight, dayAgo), Math.max(midnight, dayAgo)]
  const spans = { starts, ends: [...starts.slice(1), now] }
  const uniques = own.filter(({ kind }) => kind === 'unique')
  const group = await groupOf(own, spans, false, reader, now)
  // Sketches take longer to read, and of thirty days only the last time is shown.
  const recent = { starts: starts.slice(1), ends: spans.ends.slice(1) }
  const ids = uniques.length === 0 ? undefined : await groupOf(uniques, recent, true, reader, now)
  const pointOf = (metric: Shown, at: number, span: number): Point | undefined =>
    metric.kind === 'unique' ? ids?.at(uniques.indexOf(metric), 0, span - 1) : group?.at(at, 0, span)
  const levels = await lasts(own, remembered, reader, now)
  const since = (from: number): number[] => (starts[1] === from ? [1, 2] : [2])
  return own.map((metric, at): Row => {
    const over = (from: number): Scalar =>
      valueOf(
        metric,
        since(from).map((span) => pointOf(metric, at, span))
      )
    const whole = group?.whole(at, 0)
    const seen = whole !== undefined && whole.at >= 0
    return {
      id: metric.name,
      metric: metric.name,
      type: metric.kind,
      unit: metric.unit,
      today: over(midnight),
      last_24h: over(dayAgo),
      last_value: seen && metric.kind !== 'unique' ? rounded(levels.get(metric.name) ?? whole.last) : null,
      last_time: seen ? iso(whole.at, zone) : null,
    }
  })
}

/** The points of these metrics, with all labels put together. */
async function groupOf(
  own: readonly Shown[],
  { starts, ends }: Spans,
  detail: boolean,
  reader: Reader,
  now: number
): Promise<Group | undefined> {
  const measures = own.map(({ of }) => ({ metric: of, detail, slots: 1, slot: () => 0, key: 'all' }))
  const folding: Folding = { spans: { starts, ends }, measures, labels: [], filters: [] }
  return (await fold(folding, reader, now)).groups[0]
}

/** What is usual for the kind of a metric: sums of what is counted, averages of what is measured. */
function valueOf(metric: Shown, points: readonly (Point | undefined)[]): Scalar {
  const usual: Aggregate = metric.kind === 'counter' ? 'sum' : metric.kind === 'unique' ? 'unique' : 'avg'
  return read({ first: merged(points), rest: undefined }, usual, metric, 1, 'second') ?? (usual === 'avg' ? null : 0)
}
