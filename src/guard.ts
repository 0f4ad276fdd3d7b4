import type { Clock } from './core/time.ts'
import { MINUTE } from './core/time.ts'
import { MetricsError } from './errors.ts'

/** Where one line of text for the operator goes. */
export type Log = (line: string) => void

const QUIET = 10 * MINUTE
const KINDS = 500

interface Seen {
  count: number
  loggedAt: number
}

/** Stands between this library and the app: what is caught here is counted and said, never thrown on. */
export class Guard {
  readonly #clock: Clock
  readonly #log: Log
  readonly #seen = new Map<string, Seen>()
  #faults = 0

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** How often each kind of trouble was caught. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#seen].map(([kind, { count }]) => [kind, count]))
  }

  /** How many faults were caught; what the app was warned of is none. */
  get faults(): number {
    return this.#faults
  }

  /** Counts a fault; logs the first of its kind, then at most one in ten minutes. */
  caught(kind: string, error: unknown): void {
    this.#faults++
    const fix = error instanceof MetricsError && error.hint !== undefined ? `; ${error.hint}` : ''
    this.say(kind, `${kind}: ${oneLine(error)}${fix}`)
  }

  /** Counts `kind` and logs `line` unless one of its kind was logged in the last ten minutes. */
  say(kind: string, line: string): void {
    try {
      const now = this.#clock.monotonic()
      // Kinds are ours, but some carry a metric's name: bounded all the same.
      const key = this.#seen.has(kind) || this.#seen.size < KINDS ? kind : 'other'
      const seen = this.#seen.get(key) ?? { count: 0, loggedAt: -Infinity }
      seen.count++
      this.#seen.set(key, seen)
      if (now - seen.loggedAt < QUIET) return
      seen.loggedAt = now
      this.#log(`[pocketmetrics] ${oneLine(line)}`)
    } catch {
      // A log function that throws must not reach the app either.
    }
  }

  /** Logs `line` the first time that `kind` comes, never again. */
  once(kind: string, line: string): void {
    const seen = this.#seen.get(kind)
    if (seen === undefined) this.say(kind, line)
    else seen.count++
  }

  /** What `work` gives, or `otherwise` when it throws. */
  run<T>(kind: string, work: () => T, otherwise: T): T {
    try {
      return work()
    } catch (error) {
      this.caught(kind, error)
      return otherwise
    }
  }
}

/** One printable line without control characters or the password of a URL. */
export function oneLine(value: unknown): string {
  const text = value instanceof Error ? value.message : String(value)
  return (
    text
      .slice(0, 2000)
      .replaceAll(/\p{Cc}+/gu, ' ')
      // Up to the last @: a password may hold a slash or an @ of its own.
      .replaceAll(/(\w+:\/\/)\S*@/g, '$1***@')
      .replaceAll(/\b(password|passwd|pwd)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s;&,]+)/gi, '$1$2***')
  )
}
