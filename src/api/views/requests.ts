import type { KeptEvent } from '../../core/event.ts'
import { iso } from '../../query/calendar.ts'
import { meets } from '../../query/filters.ts'
import { isOn, sort } from '../../query/params.ts'
import type { Reader, Row } from '../../query/query.ts'
import { type Zone, zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, linkWith, warningOf } from '../page.ts'
import { labelsOf, parseTail, scan } from '../tail.ts'

const SAMPLE: Row = {
  id: 1147,
  time: '2026-11-22T10:29:58Z',
  ts: 1795343398000,
  endpoint: '/users/:id',
  method: 'GET',
  status: 200,
  latency_ms: 12.4,
  ttfb_ms: 11.9,
  request_bytes: 0,
  response_bytes: 512,
  slow: false,
  aborted: false,
  instance: 'web-1',
  weight: 1,
}

/** Single requests, newest first. */
export async function requests(ask: Ask, reader: Reader): Promise<Page> {
  const also = ['slow', 'errors']
  const { question, selector, limit, offset } = parseTail(ask, reader, also)
  const { known } = sort(ask.params, also)
  const [slow, failed] = [isOn(known, 'slow'), isOn(known, 'errors')]
  const sure = question.filters.filter((filter) => filter.maybe !== true)
  const keep = (event: KeptEvent): boolean => {
    if (slow && event.fields.slow !== true) return false
    if (failed && !isServerError(event)) return false
    const labels = labelsOf(event)
    return sure.every((filter) => meets(labels, filter))
  }
  const zone = zoneOf(question.tz)
  const found = question.sample
    ? { events: [], last: null }
    : await scan(reader, { ...selector, kinds: ['request'] }, keep, limit, offset)
  const rows = question.sample ? [SAMPLE] : found.events.map((event) => rowOf(event, zone))
  const next = found.last === null ? null : linkWith(ask, { before_id: String(found.last), offset: null, page: null })
  const envelope = {
    order: '-id',
    row_count: rows.length,
    total_rows: null,
    next,
    newest_id: rows[0]?.id ?? null,
    warning: warningOf(...question.warnings),
  }
  return { envelope, rows, next, total: null, name: 'requests', ids: true, keys: Object.keys(SAMPLE) }
}

function isServerError(event: KeptEvent): boolean {
  return Number(event.fields.status) >= 500 && event.fields.aborted !== true
}

function rowOf(event: KeptEvent, zone: Zone): Row {
  const { fields } = event
  return {
    id: event.id,
    time: iso(event.time, zone),
    ts: event.time,
    endpoint: event.name,
    method: fields.method ?? null,
    status: fields.status ?? null,
    latency_ms: event.value,
    ttfb_ms: fields.ttfb_ms ?? null,
    request_bytes: fields.request_bytes ?? null,
    response_bytes: fields.response_bytes ?? null,
    slow: fields.slow ?? false,
    aborted: fields.aborted ?? false,
    instance: fields.instance ?? null,
    weight: event.weight,
  }
}
