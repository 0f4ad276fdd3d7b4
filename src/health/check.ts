/** What a failing check does: takes this process out of the traffic, only warns, or only says so. */
export type Impact = 'critical' | 'degraded' | 'info'

/** How something is; `warn` still serves. */
export type Status = 'pass' | 'warn' | 'fail'

/** What a check may give back. Nothing but `status`, `code`, `value` and `unit` leaves the log. */
export interface CheckResult {
  readonly status: Status
  /** One word to branch on, such as `pool_saturated`. */
  readonly code?: string
  /** For the log only. */
  readonly message?: string
  /** What was measured, and in which unit. */
  readonly value?: number
  readonly unit?: string
}

/**
 * One round trip to what is checked. Nothing, `true`, a `CheckResult` that passes and any other object pass; `false`, a
 * throw and what cannot be understood fail. The signal is aborted when the time is up.
 */
export type CheckFunction = (signal: AbortSignal) => unknown

/** A check that can say more, when its time is up, than that: asked once, before the signal is aborted. */
export interface TimedCheck {
  (signal: AbortSignal): unknown
  readonly late?: () => CheckResult | undefined
}

/** What `metrics.check(name, fn, options)` takes. */
export interface CheckOptions {
  /** `critical` unless said: failing, the process is not ready. `degraded` warns; `info` changes nothing. */
  readonly impact?: Impact
  /** How often it runs. Default `10s`. */
  readonly interval?: string
  /** How long it may take. Default `2s`. */
  readonly timeout?: string
  /** So many worse results in a row turn it bad. Default 2: one lost packet takes nobody out. */
  readonly failAfter?: number
  /** So many better results in a row turn it good. Default 1. */
  readonly passAfter?: number
}

/** A check with everything settled; times in ms. */
export interface Check {
  readonly name: string
  readonly run: CheckFunction
  readonly impact: Impact
  readonly interval: number
  readonly timeout: number
  readonly failAfter: number
  readonly passAfter: number
  /** Taken to pass until it was worse `failAfter` times; otherwise the first result counts at once. */
  readonly presumed: boolean
}

/** What checks do unless they say otherwise; times in ms. */
export interface CheckDefaults {
  readonly interval: number
  readonly timeout: number
  readonly failAfter: number
  readonly passAfter: number
}

const SEVERITY: Readonly<Record<Status, number>> = { pass: 0, warn: 1, fail: 2 }

/** Below 0: `a` is better than `b`. */
export function compare(a: Status, b: Status): number {
  return SEVERITY[a] - SEVERITY[b]
}

/** The worse of two. */
export function worse(a: Status, b: Status): Status {
  return compare(a, b) >= 0 ? a : b
}

/** As a number of which averages make sense: 1 passes, 0.5 warns, 0 fails. */
export function gradeOf(status: Status): number {
  return 1 - SEVERITY[status] / 2
}
