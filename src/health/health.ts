import type { Clock } from '../core/time.ts'
import { told } from '../core/told.ts'
import type { Tail } from '../core/tail.ts'
import { Changes } from './changes.ts'
import { type Check, type CheckDefaults, type CheckOptions, type Status } from './check.ts'
import type { Result } from './checked.ts'
import { type BeatsKept, type Heartbeat, Pulsing } from './checks/heartbeat.ts'
import { Engine } from './engine.ts'
import { FirstRound } from './first.ts'
import { textOf } from './outcome.ts'
import type { Own } from './own.ts'
import { Pulse } from './pulse.ts'
import { type Component, draftOf, type HealthReport, iso, rowOf, type State } from './report.ts'
import { refuse, time } from './refuse.ts'
import { settleCheck } from './settle.ts'
import type { CheckTarget, Recognise } from './target.ts'

/** What the health of a process is made of; `Metrics` gives it. */
export interface HealthParts {
  readonly clock: Clock
  readonly defaults: CheckDefaults
  /** True: not ready before `started()` is called. */
  readonly manual: boolean
  /** True: readiness says what the checks say, to the end. */
  readonly readyWhileDraining?: boolean
  readonly component: Component
  /** The check for a client of a driver that we know. */
  readonly recognise: Recognise
  /** Where signs of life are kept. */
  readonly beats: BeatsKept
  /** One line for the operator. */
  readonly say: (line: string) => void
  /** Every result, for the metrics. */
  readonly observed: (name: string, status: Status, ms: number) => void
  /** Called once, when draining begins. */
  readonly draining: () => void
  readonly random?: () => number
}

/** So long a probe waits for the first round, ms: orchestrators give up after a second. */
const PATIENCE = 800

/** What a probe asks for; `all` is the path itself. */
export type Probe = 'all' | 'live' | 'ready' | 'startup'

/** The health of this process: a snapshot that checks in the background keep fresh. Reading it waits for nothing. */
export class Health {
  readonly #parts: HealthParts
  readonly #engine: Engine
  readonly #pulse: Pulse
  readonly #changes: Changes
  /** Names of our own checks, which the app may use for its own. */
  readonly #own = new Set<string>()
  readonly #first = new FirstRound()
  #state: State = 'starting'
  #since: number
  #isStarted = false
  #isFatal = false

  constructor(parts: HealthParts) {
    this.#parts = parts
    this.#since = parts.clock.now()
    this.#changes = new Changes(parts.clock, parts.say)
    this.#engine = new Engine(parts.clock, (result) => this.#took(result), parts.random)
    this.#pulse = new Pulse(() => this.turn())
    this.#pulse.poke()
  }

  /** Where this process is in its life: `starting`, `ready`, `notReady` or `draining`. */
  get state(): State {
    this.#reconsider()
    return this.#state
  }

  /** What readiness says: `pass`, `warn` or `fail`. */
  get status(): Status {
    return this.#ready()
  }

  /** Registers a check; see `metrics.check`. Throws `bad_option`. */
  check(name: string, target: CheckTarget, options?: CheckOptions): void {
    const { defaults, recognise } = this.#parts
    this.#add(settleCheck(name, target, options, { defaults, recognise, impact: 'critical' }))
  }

  /** Registers a check of our own: it warns at most, is taken to pass until it was bad `failAfter` times, and gives way to one of the app's with its name. */
  own({ name, run, options }: Own): void {
    const { defaults, recognise } = this.#parts
    const check = settleCheck(name, run, options, { defaults, recognise, impact: 'degraded' })
    this.#add({ ...check, presumed: true })
    this.#own.add(name)
  }

  /** Registers a sign of life; see `metrics.heartbeat`. Throws `bad_option`. */
  heartbeat(name: string, every: string, options?: CheckOptions): Heartbeat {
    const { clock, defaults, recognise, beats } = this.#parts
    const ms = time(`check ${told(name)}: every`, every ?? null, 100)!
    const { run, beat } = new Pulsing(clock, name, ms, beats)
    const interval = Math.min(defaults.interval, Math.max(50, ms / 4))
    // It is one clock against another: a second look would say the same.
    const settling = { defaults: { ...defaults, interval, failAfter: 1 }, recognise, impact: 'degraded' } as const
    this.#add(settleCheck(name, run, options, settling))
    return { beat }
  }

  /** The app has come up. Needed with `health: { start: 'manual' }` only; otherwise the first round of checks says it. */
  started(): void {
    this.#isStarted = true
    this.#reconsider()
  }

  /** Fails liveness for good, so that an orchestrator restarts this process. The reason goes to the log alone. */
  fatal(reason: unknown): void {
    if (this.#isFatal) return
    this.#isFatal = true
    this.#changes.fatal(textOf(reason) || 'no reason was given')
    this.#reconsider()
  }

  /** From now on not ready, and responses close their connections: the process is about to go. */
  drain(): void {
    if (this.#state === 'draining') return
    this.#become('draining', this.#parts.readyWhileDraining === true ? 'pass' : 'fail')
    this.#parts.draining()
  }

  /** Everything that is known, as the routes show it to who may read. */
  report(probe: Probe = 'all'): HealthReport {
    const status = this.word(probe)
    return {
      status,
      state: this.#state,
      since: iso(this.#since)!,
      live: !this.#isFatal,
      started: this.#hasStarted,
      checks: this.#engine.standings().map(rowOf),
    }
  }

  /** The same in the shape of the health+json draft. */
  draft(probe: Probe): Readonly<Record<string, unknown>> {
    return draftOf(this.report(probe), this.#parts.component)
  }

  /** The one word that a probe is told. */
  word(probe: Probe): Status {
    // Liveness and startup touch no check.
    if (probe === 'live') return this.#isFatal ? 'fail' : 'pass'
    if (probe === 'startup') return this.#hasStarted ? 'pass' : 'fail'
    return this.#ready()
  }

  /** Where a probe has come before anything is known: resolves as soon as there is, and soon in any case. */
  known(probe: Probe): Promise<void> | undefined {
    if (probe === 'live' || this.#state !== 'starting' || (this.#parts.manual && !this.#isStarted)) return undefined
    return this.state === 'starting' ? this.#first.wait(PATIENCE) : undefined
  }

  /** The events of changes, for the flusher. */
  get tail(): Tail {
    return this.#changes.tail
  }

  /** Runs what is due; answers in how many ms to come again. Called by a timer of our own. */
  turn(): number {
    const next = this.#engine.turn()
    this.#reconsider()
    return next
  }

  /** No check runs from here on. */
  end(): void {
    this.#pulse.stop()
    this.#engine.end()
    this.#first.over()
  }

  #add(check: Check): void {
    if (this.#own.delete(check.name)) this.#engine.remove(check.name)
    if (!this.#engine.add(check)) {
      refuse(`check '${check.name}'`, 'is there already', 'Give each check a name of its own.')
    }
    this.#pulse.poke()
  }

  get #hasStarted(): boolean {
    return this.#isStarted || (!this.#parts.manual && (this.#state !== 'starting' || this.#engine.isKnown))
  }

  #took(result: Result): void {
    const { check, before, after, ms } = result
    this.#reconsider()
    if (after !== before) this.#changes.ofCheck(result, this.#state === 'ready')
    this.#parts.observed(check.name, after, ms)
    this.#pulse.poke()
  }

  #ready(): Status {
    this.#reconsider()
    const isStaying = this.#state === 'draining' && this.#parts.readyWhileDraining === true && !this.#isFatal
    return this.#state === 'ready' || isStaying ? this.#engine.status : 'fail'
  }

  #reconsider(): void {
    if (this.#state === 'draining') return
    // A check that is added later does not throw a process back to its start.
    if (this.#state === 'starting' && !(this.#hasStarted && this.#engine.isKnown) && !this.#isFatal) return
    const status = this.#isFatal ? 'fail' : this.#engine.status
    const state = status === 'fail' ? 'notReady' : 'ready'
    if (state !== this.#state) this.#become(state, status)
  }

  #become(state: State, status: Status): void {
    const previous = this.#state
    this.#state = state
    this.#first.over()
    this.#since = this.#parts.clock.now()
    this.#changes.ofState(state, previous, status)
  }
}
