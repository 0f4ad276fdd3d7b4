import type { Clock } from '../core/time.ts'
import { type Check, type Impact, type Status, type TimedCheck, worse } from './check.ts'
import { Damping } from './damping.ts'
import { type Outcome, outcome, outcomeOf, outcomeOfError } from './outcome.ts'

/** How a check stands at a moment, read without running anything. */
export interface Standing {
  readonly name: string
  readonly impact: Impact
  /** Null before the first result. */
  readonly status: Status | null
  readonly code: string | null
  /** Unix ms of the last result, and since when the status is what it is. */
  readonly checkedAt: number | null
  readonly since: number | null
  readonly ms: number | null
  readonly value: number | null
  readonly unit: string | null
  readonly failures: number
  readonly passes: number
}

/** A result and what it changed. */
export interface Result {
  readonly check: Check
  readonly outcome: Outcome
  readonly before: Status | undefined
  readonly after: Status
  /** How long it took, and for how long the status before had held; ms. */
  readonly ms: number
  readonly held: number
}

interface Run {
  readonly startedAt: number
  readonly deadline: number
  readonly abort: AbortController
  expired: boolean
}

/** So much of the interval is left to chance, so that processes that started together do not check together. */
const JITTER = 0.1
/** A check that takes longer than its interval is given this share of it as a rest. */
const REST = 0.1
const WARN_AFTER = 3
const FAIL_AFTER = 6

/** One check: when it is due, its one run in flight, and what came of the last ones. Time passes only through `turn`. */
export class Checked {
  readonly check: Check
  readonly #clock: Clock
  readonly #random: () => number
  readonly #result: (result: Result) => void
  readonly #damping: Damping
  #due: number
  #run: Run | undefined
  #last: Outcome | undefined
  #code: string | null = null
  #lastAt = 0
  #checkedAt: number | null = null
  #since: number | null = null
  #ms: number | null = null
  #failures = 0
  #passes = 0

  /** `result` is called after each result, in the turn or when the check settles; it must not throw. */
  constructor(check: Check, clock: Clock, random: () => number, result: (result: Result) => void) {
    this.check = check
    this.#clock = clock
    this.#random = random
    this.#result = result
    this.#damping = new Damping(check.failAfter, check.passAfter, check.presumed ? 'pass' : undefined)
    this.#due = clock.monotonic()
  }

  /** True while a run counts against the limit of runs at once; one whose time is up does not. */
  get isRunning(): boolean {
    return this.#run !== undefined && !this.#run.expired
  }

  /** True once there was a result. */
  get isKnown(): boolean {
    return this.#last !== undefined
  }

  /** Starts the run that is due, if it may, and gives up the one whose time is up; answers when to come again. */
  turn(mayStart: boolean): number {
    const now = this.#clock.monotonic()
    const run = this.#run
    if (run !== undefined && !run.expired && now >= run.deadline) this.#expire(run)
    if (now >= this.#due) {
      if (run === undefined) {
        if (!mayStart) return Infinity
        this.#start(now)
      } else if (run.expired) {
        this.#due = this.#next(now)
        // Still not settled: no second copy is started, or a dead database would collect them.
        this.#take(outcome('fail', 'stuck', 'its last run has not come back'), now - run.startedAt)
      }
    }
    return this.isRunning ? this.#run!.deadline : this.#due
  }

  /** Gives up what runs. */
  end(): void {
    this.#run?.abort.abort(new DOMException('The metrics are closed', 'AbortError'))
    this.#run = undefined
    this.#due = Infinity
  }

  /** What it says at `now`, null before the first result; a result that is too old is not believed. Makes nothing. */
  status(now: number): Status | null {
    if (!this.isKnown) return null
    const shown = this.#damping.status!
    const age = this.#age(now)
    return age > WARN_AFTER ? worse(shown, age > FAIL_AFTER ? 'fail' : 'warn') : shown
  }

  /** How it stands. */
  standing(): Standing {
    const { name, impact } = this.check
    const now = this.#clock.monotonic()
    const status = this.status(now)
    const stale = status !== null && this.#age(now) > WARN_AFTER
    return {
      name,
      impact,
      status,
      code: stale ? 'stale' : status === null || status === 'pass' ? null : this.#code,
      checkedAt: this.#checkedAt,
      since: this.#since,
      ms: this.#ms,
      value: this.#last?.value ?? null,
      unit: this.#last?.unit ?? null,
      failures: this.#failures,
      passes: this.#passes,
    }
  }

  /** How old the last result is, in intervals. */
  #age(now: number): number {
    const { interval, timeout } = this.check
    return (now - this.#lastAt) / Math.max(interval, timeout)
  }

  #start(now: number): void {
    const abort = new AbortController()
    const run: Run = { startedAt: now, deadline: now + this.check.timeout, abort, expired: false }
    this.#run = run
    this.#due = this.#next(now)
    new Promise((resolve) => resolve(this.check.run(abort.signal)))
      .then(outcomeOf)
      .catch(outcomeOfError)
      .then((given) => this.#settled(run, given))
      .catch(() => this.#settled(run, outcome('fail', 'failed')))
  }

  #settled(run: Run, given: Outcome): void {
    if (this.#run !== run) return
    const now = this.#clock.monotonic()
    this.#run = undefined
    this.#due = Math.max(this.#due, now + this.check.interval * REST)
    // What comes after its time says nothing of now; the next run will.
    if (run.expired) return
    this.#take(given, now - run.startedAt)
  }

  #expire(run: Run): void {
    run.expired = true
    const now = this.#clock.monotonic()
    if (this.#due <= now) this.#due = this.#next(now)
    const text = `no answer within ${this.check.timeout} ms`
    this.#take(lateOf(this.check.run) ?? outcome('fail', 'timeout', text), this.check.timeout)
    run.abort.abort(new DOMException(text, 'TimeoutError'))
  }

  #next(now: number): number {
    return now + this.check.interval * (1 + JITTER * (2 * this.#random() - 1))
  }

  #take(given: Outcome, ms: number): void {
    const now = this.#clock.now()
    const before = this.isKnown || this.check.presumed ? this.#damping.status : undefined
    const held = this.#since === null ? 0 : now - this.#since
    this.#last = given
    if (given.status !== 'pass') this.#code = given.code
    this.#lastAt = this.#clock.monotonic()
    this.#checkedAt = now
    this.#ms = ms
    this.#failures = given.status === 'pass' ? 0 : this.#failures + 1
    this.#passes = given.status === 'pass' ? this.#passes + 1 : 0
    const after = this.#damping.take(given.status)
    if (after !== before || this.#since === null) this.#since = now
    this.#result({ check: this.check, outcome: given, before, after, ms, held })
  }
}

function lateOf(run: TimedCheck): Outcome | undefined {
  try {
    const said = run.late?.()
    return said && outcomeOf(said)
  } catch {
    return undefined
  }
}
