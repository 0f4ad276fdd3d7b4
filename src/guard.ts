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
  readonly #told = new Map<string, number>()
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

  /** Counts a fault; logs the first of its kind, then at most one in ten minutes. A trouble met in several places is told once. */
  caught(kind: string, error: unknown): void {
    this.#faults++
    if (!(error instanceof MetricsError)) return this.say(kind, `${kind}: ${oneLine(error)}`)
    const trouble = `${oneLine(error)}${error.hint === undefined ? '' : `; ${error.hint}`}`
    if (this.#isKnown(trouble)) this.#count(kind)
    else if (this.#said(kind, `${kind}: ${trouble}`)) this.#learn(trouble)
  }

  /** Counts `kind` and logs `line` unless it, or one of its kind, was logged in the last ten minutes. */
  say(kind: string, line: string): void {
    if (this.#isKnown(oneLine(line))) this.#count(kind)
    else if (this.#said(kind, line)) this.#learn(oneLine(line))
  }

  #isKnown(trouble: string): boolean {
    return this.#clock.monotonic() - (this.#told.get(trouble) ?? -Infinity) < QUIET
  }

  #learn(trouble: string): void {
    if (this.#told.size > KINDS) this.#told.clear()
    this.#told.set(trouble, this.#clock.monotonic())
  }

  /** The same; answers whether it was logged. */
  #said(kind: string, line: string): boolean {
    try {
      const now = this.#clock.monotonic()
      const seen = this.#count(kind)
      if (now - seen.loggedAt < QUIET) return false
      seen.loggedAt = now
      this.#log(`[pocketmetrics] ${oneLine(line)}`)
      return true
    } catch {
      // A log function that throws must not reach the app either.
      return false
    }
  }

  #count(kind: string): Seen {
    // Kinds are ours, but some carry a metric's name: bounded all the same.
    const key = this.#seen.has(kind) || this.#seen.size < KINDS ? kind : 'other'
    const seen = this.#seen.get(key) ?? { count: 0, loggedAt: -Infinity }
    seen.count++
    this.#seen.set(key, seen)
    return seen
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
