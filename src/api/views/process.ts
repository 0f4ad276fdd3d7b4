import type { MetricsError } from '../../errors.ts'
import { iso } from '../../query/calendar.ts'
import { rounded } from '../../query/number.ts'
import type { Row } from '../../query/query.ts'
import { type Zone, zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import type { Instance } from '../instances.ts'
import type { Page } from '../page.ts'

/** Which process answers, and when. */
export function identity(ask: Ask, zone: Zone): Row {
  return {
    status: text(ask, 'status') ?? (text(ask, 'storage_problem') === null ? 'ok' : 'warn'),
    app: text(ask, 'app'),
    instance: text(ask, 'instance'),
    time: iso(ask.now, zone),
    ts: ask.now,
    uptime_seconds: number(ask, 'uptime_seconds'),
  }
}

/** Where the numbers are kept, and what did not get there: values refused or dropped, and faults of ours that the app was kept from. */
export function keeping(ask: Ask): Row {
  return {
    storage: text(ask, 'storage_mode'),
    dropped: number(ask, 'dropped') ?? 0,
    faults: number(ask, 'faults') ?? 0,
  }
}

/** An invented process. */
export const PROCESS_SAMPLE: Row = {
  id: 'web-1',
  instance: 'web-1',
  running: true,
  uptime_seconds: 86412,
  last_heartbeat: '2026-11-22T10:29:58Z',
  last_heartbeat_ts: 1795343398000,
  active_requests: 3,
}

/** One of the processes that record into a store. */
export function processOf({ name, running, heard, uptime, active }: Instance, zone: Zone): Row {
  const last = { last_heartbeat: iso(heard, zone), last_heartbeat_ts: heard }
  return { id: name, instance: name, running, uptime_seconds: uptime, ...last, active_requests: active }
}

/** How the machine does. */
export function machine(ask: Ask): Row {
  return {
    cpu_percent: number(ask, 'cpu_percent'),
    memory_mb: number(ask, 'memory_mb'),
    event_loop_p99_ms: number(ask, 'event_loop_p99_ms'),
    memory_percent: number(ask, 'memory_percent'),
    disk_percent: number(ask, 'disk_percent'),
  }
}

/** The snapshot without a store: what the process knows, null for what it does not, and what is wrong. */
export function alone(
  ask: Ask,
  timezone: string,
  unknown: readonly string[],
  keys: readonly string[],
  { message, hint }: MetricsError
): Page {
  const envelope = {
    ...identity(ask, zoneOf(timezone)),
    status: 'warn',
    window: '1h',
    ...Object.fromEntries(unknown.map((key) => [key, null])),
    active_requests: number(ask, 'active_requests'),
    ...machine(ask),
    alerts_firing: null,
    instances: null,
    ...keeping(ask),
    row_count: 0,
    next: null,
    warning: `${message}: this is what one process knows by itself.${hint === undefined ? '' : ` To do: ${hint}.`}`,
  }
  return { envelope, rows: [], next: null, total: 0, name: 'metrics', ids: true, keys }
}

function number(ask: Ask, fact: string): number | null {
  const value = ask.facts[fact]
  return typeof value === 'number' ? rounded(value) : null
}

/** A fact of the process that is a text. */
export function text(ask: Ask, fact: string): string | null {
  const value = ask.facts[fact]
  return typeof value === 'string' ? value : null
}
