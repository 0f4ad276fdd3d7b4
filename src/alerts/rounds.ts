import type { Clock } from '../core/time.ts'
import { DAY, SECOND } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import type { Alert, Sender } from './alert.ts'
import type { Ask } from './ask.ts'
import { type Book, MOST, ruleEntry } from './book.ts'
import { type BudgetStep, nextBudget } from './budget.ts'
import { Baselines } from './change.ts'
import type { Channel } from './channels.ts'
import { judge } from './judge.ts'
import { isMuted } from './mute.ts'
import { type Observed, observe } from './observe.ts'
import { enqueue } from './outbox.ts'
import type { Rule } from './rule.ts'
import { spentOf } from './spent.ts'
import { within } from './within.ts'

/** What rounds of evaluations work with. */
export interface RoundsParts {
  readonly clock: Clock
  readonly guard: Guard
  readonly every: number
  readonly timezone: string
  readonly channels: ReadonlyMap<string, Channel>
  readonly sender: Sender
  /** Asks the data as they are at `now`. */
  readonly ask: (now: number) => Ask
  /** The leader's book; undefined for who does not lead. */
  readonly book: () => Book | undefined
  readonly commit: () => Promise<boolean>
  /** Called with what was kept of alerts. */
  readonly kept: (alerts: readonly Alert[]) => void
}

/** Both clocks at an evaluation. */
interface Looked {
  readonly steady: number
  readonly wall: number
}

/** One rule may take so long; then it has failed. */
const LONGEST = 10 * SECOND
/** Evaluations are taken for missed only if they are this late, however often they are due. */
const LEAST_LATE = 5 * SECOND
const AT_ONCE = 8

/** Evaluates all rules, each for itself: one that hangs holds up no other. */
export class Rounds {
  readonly #parts: RoundsParts
  readonly #baselines = new Baselines()
  readonly #looked = new Map<string, Looked>()
  readonly #running = new Set<string>()
  #waiting: Rule[] = []
  #work: Promise<unknown> = Promise.resolve()
  #nextAt = -Infinity

  constructor(parts: RoundsParts) {
    this.#parts = parts
  }

  /** Starts a round if one is due, and answers whether. */
  turn(rules: readonly Rule[]): boolean {
    const now = this.#parts.clock.monotonic()
    if (now < this.#nextAt) return false
    this.#nextAt = Math.max(this.#nextAt + this.#parts.every, now + this.#parts.every / 2)
    this.#forget(rules)
    this.#waiting = rules.filter(({ name }) => !this.#running.has(name))
    const runs = Array.from({ length: AT_ONCE - this.#running.size }, () => this.#run())
    this.#work = Promise.all([this.#work, ...runs])
    return true
  }

  /** From now on this process does not lead: what it remembers of its last look is worth nothing. */
  rest(): void {
    this.#looked.clear()
    this.#nextAt = -Infinity
  }

  /** Resolves when nothing is being evaluated. */
  async idle(): Promise<void> {
    await this.#work
  }

  async #run(): Promise<void> {
    for (let rule = this.#waiting.shift(); rule !== undefined; rule = this.#waiting.shift()) {
      this.#running.add(rule.name)
      await this.#evaluate(rule).catch((error: unknown) => this.#parts.guard.caught('alerts', error))
      this.#running.delete(rule.name)
    }
  }

  async #evaluate(rule: Rule): Promise<void> {
    const { clock } = this.#parts
    const looked: Looked = { steady: clock.monotonic(), wall: clock.now() }
    const book = this.#parts.book()
    if (book === undefined) return
    const elapsed = this.#elapsed(rule, looked, book)
    const since = book.rules.get(rule.name)?.first ?? looked.wall
    if (elapsed !== undefined) await this.#look(rule, looked, since, elapsed)
    this.#looked.set(rule.name, looked)
  }

  async #look(rule: Rule, { wall: now }: Looked, since: number, elapsed: number): Promise<void> {
    const { ask, timezone: tz } = this.#parts
    const seen: Seen = { found: undefined, spent: undefined, error: undefined }
    try {
      const asked = ask(now)
      if (rule.condition.kind === 'budget') seen.spent = await within(spentOf(rule, now, asked), LONGEST)
      else {
        const observing = { rule, now, since, ask: asked, baselines: this.#baselines, tz }
        seen.found = await within(observe(observing), LONGEST)
      }
    } catch (error) {
      seen.error = error
    }
    await this.#apply(rule, seen, now, elapsed)
  }

  /** Brings what was seen into the book; nothing of it counts unless it could be written. */
  async #apply(rule: Rule, seen: Seen, now: number, elapsed: number): Promise<void> {
    const { book: current, commit, kept, channels } = this.#parts
    const book = current()
    if (book === undefined) return
    const entry = ruleEntry(book, rule.name, now)
    entry.last = now
    if (seen.error !== undefined) {
      entry.errors++
      entry.error = codeOf(seen.error)
      this.#parts.guard.say(`rule ${rule.name}`, `rule '${rule.name}' cannot be evaluated: ${textOf(seen.error)}`)
      await commit()
      return
    }
    Object.assign(entry, { errors: 0, error: null })
    const alerts = this.#judged(rule, seen, book, { now, elapsed })
    const muted = isMuted(rule.mute, now)
    for (const alert of alerts) {
      const to = rule.notify.filter((name) => alert.status !== 'resolved' || channels.get(name)?.resolved === true)
      enqueue(book, alert, to, muted)
      book.history.push(pastOf(alert))
    }
    book.history = book.history.slice(-MOST.history)
    if (await commit()) kept(alerts)
  }

  #judged(rule: Rule, { found, spent }: Seen, book: Book, at: { now: number; elapsed: number }): readonly Alert[] {
    const { sender, guard } = this.#parts
    const entry = ruleEntry(book, rule.name, at.now)
    if (spent !== undefined) {
      const step: BudgetStep = nextBudget(entry.budget, spent, rule, at.now, sender)
      entry.budget = step.state
      entry.value = spent.usd
      return step.alerts
    }
    if (found === undefined) return []
    if (found.warning !== null && found.found.size === 0)
      guard.once(`nothing ${rule.name}`, `rule '${rule.name}': ${found.warning}`)
    return judge(book, entry, rule, found, at, sender)
  }

  /**
   * The time that counts since the last evaluation; undefined where this one is skipped: after a leap of a clock, or after
   * the process stood still, the window is not what it seems. While nobody ran nothing counts, unless it was short.
   */
  #elapsed({ name }: Rule, { steady, wall }: Looked, book: Book): number | undefined {
    const late = Math.max(2 * this.#parts.every, LEAST_LATE)
    const before = this.#looked.get(name)
    if (before === undefined) {
      const down = wall - (book.rules.get(name)?.last ?? -Infinity)
      return down >= 0 && down < late ? down : 0
    }
    const passed = steady - before.steady
    const leapt = Math.abs(wall - before.wall - passed) > late
    return passed > late + LONGEST || leapt ? undefined : passed
  }

  /** What no process evaluates any more is forgotten after a day. */
  #forget(rules: readonly Rule[]): void {
    const book = this.#parts.book()
    const now = this.#parts.clock.now()
    const known = new Set(rules.map(({ name }) => name))
    for (const [name, { last }] of book?.rules ?? []) if (!known.has(name) && now - last > DAY) book?.rules.delete(name)
  }
}

interface Seen {
  found: Observed | undefined
  spent: Awaited<ReturnType<typeof spentOf>> | undefined
  error: unknown
}

function pastOf({ id, time, type, rule, group, value }: Alert): Book['history'][number] {
  return { id, time, type, rule, group, value }
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : 'failed'
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
