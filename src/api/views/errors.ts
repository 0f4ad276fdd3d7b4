import type { KeptEvent } from '../../core/event.ts'
import { hash } from '../../core/ids.ts'
import { iso } from '../../query/calendar.ts'
import { meets } from '../../query/filters.ts'
import type { Reader, Row } from '../../query/query.ts'
import { zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, nextByOffset, warningOf } from '../page.ts'
import { labelsOf, parseTail, scan } from '../tail.ts'

const SAMPLE: Row = {
  id: 'a1b2c3d4e5f60718',
  time: '2026-11-22T10:28:14Z',
  ts: 1795343294000,
  type: 'TypeError',
  message: 'Cannot read properties of undefined',
  frame: 'charge (src/payment.ts:41:17)',
  endpoint: '/checkout',
  count: 3,
  first_seen: '2026-11-22T09:02:51Z',
  last_seen: '2026-11-22T10:28:14Z',
  stack: 'TypeError: Cannot read properties of undefined\n    at charge (src/payment.ts:41:17)',
}

interface Group {
  readonly id: string
  last: KeptEvent
  first: number
  count: number
}

/** Errors of one kind in one row: by type and top frame of the app's own code. */
export async function errors(ask: Ask, reader: Reader): Promise<Page> {
  const { question, selector, limit, offset } = parseTail(ask, reader, [])
  const sure = question.filters.filter((filter) => filter.maybe !== true || filter.label === 'type')
  const keep = (event: KeptEvent): boolean => {
    const labels = labelsOf(event).set('type', event.name)
    return sure.every((filter) => meets(labels, filter))
  }
  const found = question.sample
    ? { events: [], last: null }
    : await scan(reader, { ...selector, kinds: ['error'] }, keep, 1e6)
  const zone = zoneOf(question.tz)
  const groups = grouped(found.events)
  const all = question.sample ? [SAMPLE] : groups.map((group) => rowOf(group, (at) => iso(at, zone)))
  const rows = all.slice(offset, offset + limit)
  const next = offset + limit < all.length ? nextByOffset(ask, offset + limit, limit) : null
  const envelope = {
    order: '-time',
    tz: zone.name,
    total: groups.reduce((sum, group) => sum + group.count, 0),
    row_count: rows.length,
    total_rows: all.length,
    next,
    warning: warningOf(
      ...question.warnings,
      found.last === null ? null : 'There are more errors than could be read in time.'
    ),
  }
  return { envelope, rows, next, total: all.length, name: 'errors', ids: true, keys: Object.keys(SAMPLE) }
}

/** Newest first; events are in the order in which they came to the store, and some processes are late. */
function grouped(events: readonly KeptEvent[]): Group[] {
  const groups = new Map<string, Group>()
  for (const event of events) {
    const id = hash(typeof event.fields.group === 'string' ? event.fields.group : `${event.name} ${event.fields.frame}`)
    const known = groups.get(id)
    if (known === undefined) groups.set(id, { id, last: event, first: event.time, count: event.weight })
    else {
      known.first = Math.min(known.first, event.time)
      known.count += event.weight
      if (event.time > known.last.time) known.last = event
    }
  }
  return [...groups.values()].sort((a, b) => b.last.time - a.last.time || (a.id < b.id ? -1 : 1))
}

function rowOf(group: Group, show: (at: number) => string): Row {
  const { last } = group
  return {
    id: group.id,
    time: show(last.time),
    ts: last.time,
    type: last.name,
    message: last.fields.message ?? null,
    frame: last.fields.frame ?? null,
    endpoint: last.fields.endpoint ?? null,
    count: group.count,
    first_seen: show(group.first),
    last_seen: show(last.time),
    stack: last.fields.stack ?? null,
  }
}
