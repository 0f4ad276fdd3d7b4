import type { Draft } from '../core/event.ts'
import { Tail } from '../core/tail.ts'
import { type Clock, MINUTE } from '../core/time.ts'
import { gradeOf, type Status } from './check.ts'
import type { Result } from './checked.ts'
import type { State } from './report.ts'

const WINDOW = 10 * MINUTE
/** A check that changes more often in ten minutes is told of once; its events go on. */
const LINES = 10

/** Codes that say no more than the line does. */
const VAGUE: ReadonlySet<string> = new Set(['warn', 'fail', 'failed'])

interface Told {
  count: number
  since: number
}

/** Tells each change once: a line in the log and an event of kind `health`. */
export class Changes {
  readonly #clock: Clock
  readonly #say: (line: string) => void
  readonly #told = new Map<string, Told>()
  /** The events that wait for the next flush. */
  readonly tail: Tail = new Tail({ burst: 1000, perSecond: 5, sample: 1 })

  constructor(clock: Clock, say: (line: string) => void) {
    this.#clock = clock
    this.#say = say
  }

  /** A check has another status than before. The text of a driver is for the log alone. */
  ofCheck(result: Result, isReady: boolean): void {
    const { check, outcome, after, before } = result
    const { code } = outcome
    const line = lineOf(result, isReady)
    // A first pass is what everybody expects.
    if (before !== undefined || after !== 'pass') {
      this.#tell(check.name, outcome.text === '' || after === 'pass' ? line : `${line}: ${outcome.text}`)
    }
    const fields = { status: after, previous: before ?? null, code, impact: check.impact, message: line }
    this.#keep(check.name, gradeOf(after), { check: check.name }, fields)
  }

  /** The process has gone from one state to another. */
  ofState(state: State, previous: State, status: Status): void {
    const isReady = status === 'fail' ? 'no longer ready' : 'ready to the end'
    if (state === 'draining') this.#say(`health: draining, ${isReady}; responses close their connections`)
    const message = `${previous} → ${state}`
    this.#keep('readiness', gradeOf(status), {}, { status: state, previous, code: null, impact: null, message })
  }

  /** Liveness has been failed for good. */
  fatal(reason: string): void {
    this.#say(`health: fatal, so liveness fails until the process is restarted: ${reason}`)
    const fields = { status: 'fail', previous: 'pass', code: 'fatal', impact: 'critical', message: 'fatal' }
    this.#keep('liveness', 0, {}, fields)
  }

  #tell(name: string, line: string): void {
    const now = this.#clock.monotonic()
    const known = this.#told.get(name)
    const told = known !== undefined && now - known.since < WINDOW ? known : { count: 0, since: now }
    this.#told.set(name, told)
    told.count++
    if (told.count < LINES) this.#say(line)
    if (told.count === LINES) this.#say(`${line} (it changes often: nothing more of it for some minutes)`)
  }

  #keep(name: string, value: number, labels: Draft['labels'], fields: Draft['fields']): void {
    const time = this.#clock.now()
    this.tail.push(this.#clock.monotonic(), () => ({ kind: 'health', time, name, value, labels, fields }))
  }
}

function lineOf({ check, outcome, before, after, held }: Result, isReady: boolean): string {
  const subject = `health: check '${check.name}'`
  if (after === 'pass') return `${subject} passes${before === undefined ? '' : ` again, after ${lasted(held)}`}`
  const code = outcome.code === null || VAGUE.has(outcome.code) ? '' : ` (${outcome.code})`
  const consequence =
    after === 'fail' && check.impact === 'critical' && !isReady ? ', so this process is not ready' : ''
  return `${subject} ${after === 'fail' ? 'fails' : 'warns'}${code}${consequence}`
}

function lasted(ms: number): string {
  if (ms < MINUTE) return `${Math.round(ms / 1000)} s`
  return ms < 60 * MINUTE ? `${Math.round(ms / MINUTE)} min` : `${(ms / (60 * MINUTE)).toFixed(1)} h`
}
