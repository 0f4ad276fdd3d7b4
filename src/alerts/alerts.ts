import { Later } from '../core/later.ts'
import { Tail } from '../core/tail.ts'
import { SECOND } from '../core/time.ts'
import { idOf } from './alert.ts'
import type { AlertsParts, Duty, DutyParts } from './duty.ts'
import { distinct } from './option.ts'
import type { Rule, RuleOptions } from './rule.ts'
import { settleRule } from './settle.ts'
import { type AlertFacts, thresholdOf } from './shown.ts'
import { type Delivered, trial } from './trial.ts'

/** Loads what watches; rejects where its file is missing. */
export type Load = () => Promise<{ readonly Duty: new (parts: DutyParts) => Duty }>

const TICK = SECOND

/**
 * Watches rules, in one process of all, and tells who wants to know. Nothing here is waited for by the app. Rules are
 * checked at once; what watches them is loaded when it first has something to do.
 */
export class Alerts {
  readonly #parts: AlertsParts
  readonly #rules: Rule[]
  readonly #duty: Later<Duty>
  #timer: NodeJS.Timeout | undefined
  #ended = false
  /** Events for the next flush. */
  readonly tail: Tail = new Tail({ burst: 1000, perSecond: 5, sample: 1 })

  constructor(parts: AlertsParts, load: Load = own) {
    const { settings, isOff = false } = parts
    this.#parts = parts
    this.#rules = [...settings.rules]
    this.#ended = isOff
    this.#duty = new Later(async () => {
      const { Duty } = await load()
      return new Duty({ ...parts, rules: this.#rules, tail: this.tail })
    })
    if (this.#rules.length > 0 || settings.digest !== null) this.#start()
  }

  /** The rules of this process. */
  get rules(): readonly Rule[] {
    return this.#rules
  }

  /** Adds a rule. Throws `bad_option` that names rule and field. */
  add(given: string | RuleOptions): void {
    const { settings, timezone, isOff } = this.#parts
    if (isOff === true) return
    const rule = settleRule(given, { timezone, notifiers: [...settings.channels.keys()] })
    distinct(rule, this.#rules)
    this.#rules.push(rule)
    this.#start()
  }

  /** Sends a marked test to every notifier, and tells how that went. Never rejects. */
  test(): Promise<readonly Delivered[]> {
    const { settings, clock, app, holder } = this.#parts
    return trial(settings.channels, clock, { app, url: settings.url }, idOf('test', holder, clock.now()))
  }

  /** Does what is due. Called by a timer of our own; resolves when it knows who leads. */
  async turn(): Promise<void> {
    const duty = await this.#loaded()
    if (!this.#ended) await duty?.turn()
  }

  /** Resolves when nothing is being evaluated or sent. */
  async idle(): Promise<void> {
    await (await this.#loaded())?.idle()
  }

  /** The budget that is used up, as far as this process knows, and that a call with these labels belongs to. */
  usedUp(call: Readonly<Record<string, string | undefined>>): Rule | undefined {
    return this.#duty.now?.usedUp(call)
  }

  /** Whether something of it wants a look: a channel that was given up, or alerts that never arrived within a day. */
  async trouble(): Promise<{ readonly code: string; readonly count: number } | null> {
    return (await this.#duty.get()).trouble()
  }

  /** What the route that shows alerts must know of this process: its rules and notifiers. */
  facts(): AlertFacts {
    const { channels } = this.#parts.settings
    const rules = this.#rules.map(({ name, text, severity, metric, condition }) => {
      return { name, text, severity, metric, threshold: thresholdOf(condition), budget: condition.kind === 'budget' }
    })
    return { rules, notifiers: Array.from(channels.values(), ({ name, notifier }) => ({ name, kind: notifier.kind })) }
  }

  /** Stops; lets another process lead at once. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true
    clearInterval(this.#timer)
    // What is still being loaded has not begun, and will not.
    await this.#duty.now?.end()
  }

  #start(): void {
    if (this.#timer !== undefined || this.#ended) return
    const { settings, guard } = this.#parts
    this.#timer = setInterval(() => void this.turn(), Math.min(TICK, settings.every)).unref()
    for (const { notifier } of settings.channels.values()) {
      void notifier.lacks?.().then((line) => line !== null && guard.once(line, line))
    }
  }

  /** Undefined once it has ended, and where it cannot be loaded: the next turn tries again. */
  async #loaded(): Promise<Duty | undefined> {
    if (this.#duty.now !== undefined || this.#ended) return this.#duty.now
    try {
      return await this.#duty.get()
    } catch (error) {
      this.#parts.guard.caught('alerts', error)
      return undefined
    }
  }
}

function own(): ReturnType<Load> {
  return import('./duty.ts')
}
