import type { Status } from './check.ts'
import type { Standing } from './checked.ts'

/** Where a process is in its life. */
export type State = 'starting' | 'ready' | 'notReady' | 'draining'

/** One check in a report: flat, for tables. */
export interface CheckRow {
  readonly id: string
  readonly name: string
  /** Null before the first result. */
  readonly status: Status | null
  /** One word for what is wrong, such as `timeout` or the driver's `ECONNREFUSED`; null where nothing is. */
  readonly code: string | null
  readonly impact: string
  /** How long the last run took. */
  readonly duration_ms: number | null
  readonly checked_at: string | null
  /** Since when the status is what it is. */
  readonly since: string | null
  readonly consecutive_failures: number
  readonly consecutive_passes: number
  readonly value: number | null
  readonly unit: string | null
}

/** Everything that is known of the health of this process; for who may read, and for `metrics.health.report()`. */
export interface HealthReport {
  readonly status: Status
  readonly state: State
  /** Since when it is in this state. */
  readonly since: string
  readonly live: boolean
  readonly started: boolean
  readonly checks: readonly CheckRow[]
}

/** A check as a row. */
export function rowOf(standing: Standing): CheckRow {
  return {
    id: standing.name,
    name: standing.name,
    status: standing.status,
    code: standing.code,
    impact: standing.impact,
    duration_ms: standing.ms === null ? null : tenth(standing.ms),
    checked_at: iso(standing.checkedAt),
    since: iso(standing.since),
    consecutive_failures: standing.failures,
    consecutive_passes: standing.passes,
    value: standing.value,
    unit: standing.unit,
  }
}

/** What the draft calls the process. */
export interface Component {
  readonly release: string | undefined
  readonly instance: string
}

/**
 * The same in the shape of draft-inadarei-api-health-check-06: arrays by `component:measurement`, no `output` where a
 * check passes. The draft has expired; monitors that know it remain.
 */
export function draftOf(report: HealthReport, component: Component): Readonly<Record<string, unknown>> {
  const known = report.checks.filter((row) => row.status !== null)
  return {
    status: report.status,
    ...(component.release === undefined ? {} : { releaseId: component.release }),
    serviceId: component.instance,
    ...(report.state === 'ready' ? {} : { output: report.state }),
    // Not by assignment, which would lose a check called like something that objects inherit.
    checks: Object.fromEntries(known.map((row) => [keyOf(row), [measured(row)]])),
  }
}

// The draft reserves the colon; what says no unit of its own was measured by its time.
function keyOf(row: CheckRow): string {
  return `${row.name.replaceAll(':', '.')}:${row.value === null ? 'responseTime' : 'utilization'}`
}

function measured(row: CheckRow): Readonly<Record<string, unknown>> {
  return {
    componentId: row.name,
    componentType: 'component',
    status: row.status,
    time: row.checked_at,
    observedValue: row.value ?? row.duration_ms,
    observedUnit: row.value === null ? 'ms' : (row.unit ?? ''),
    ...(row.status === 'pass' ? {} : { output: row.code ?? row.status }),
  }
}

/** Unix ms as ISO 8601 in UTC. */
export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

function tenth(ms: number): number {
  return Math.round(ms * 10) / 10
}
