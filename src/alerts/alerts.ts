import { Tail } from '../core/tail.ts'
import { type Clock, SECOND } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import type { Store } from '../storage/store.ts'
import { type Alert, draftOf, idOf } from './alert.ts'
import { type Ask, readAnswer } from './ask.ts'
import { type Book, BOOK, channelEntry, readBook } from './book.ts'
import { isUsedUp, isWithin } from './budget.ts'
import { Courier } from './courier.ts'
import { Diary } from './diary.ts'
import { BookKeeper } from './keeper.ts'
import { Leader } from './leader.ts'
import { isMuted } from './mute.ts'
import { type AlertsSettings, distinct } from './option.ts'
import { type Delivered, trial } from './trial.ts'
import { Rounds } from './rounds.ts'
import { type AlertFacts, thresholdOf } from './shown.ts'
import type { Rule, RuleOptions } from './rule.ts'
import { settleRule } from './settle.ts'
import { within } from './within.ts'

/** What alerts are made of; `Metrics` gives it. */
export interface AlertsParts {
  readonly settings: AlertsSettings
  /** Nothing is watched. */
  readonly isOff?: boolean
  readonly clock: Clock
  readonly guard: Guard
  readonly store: Pick<Store, 'get' | 'swap' | 'answer'>
  /** Brings what this process recorded into the store. */
  readonly flush: () => Promise<boolean>
  /** Names this process. */
  readonly holder: string
  readonly app: string
  readonly timezone: string
  readonly random?: () => number
}

const TICK = SECOND
const FLUSH_WITHIN = 2 * SECOND
const ANSWER_WITHIN = 10 * SECOND
const LEAVE_WITHIN = 2 * SECOND
const LEASE = { least: 2 * SECOND, most: 15 * SECOND }

/** Watches rules, in one process of all, and tells who wants to know. Nothing here is waited for by the app. */
export class Alerts {
  readonly #parts: AlertsParts
  readonly #rules: Rule[]
  readonly #leader: Leader
  readonly #keeper: BookKeeper
  readonly #rounds: Rounds
  readonly #courier: Courier
  readonly #diary: Diary
  #timer: NodeJS.Timeout | undefined
  #turning: Promise<void> | undefined
  #ended = false
  /** The book as it was last read, for who does not lead. */
  #read: Book | undefined
  #readAt = -Infinity
  /** Events for the next flush. */
  readonly tail: Tail = new Tail({ burst: 1000, perSecond: 5, sample: 1 })

  constructor(parts: AlertsParts) {
    const { settings, clock, guard, store, holder, app, random = Math.random } = parts
    this.#parts = parts
    this.#rules = [...settings.rules]
    this.#ended = parts.isOff === true
    const ttl = Math.min(Math.max(settings.every, LEASE.least), LEASE.most)
    this.#leader = new Leader({ store, clock, holder, ttl })
    this.#keeper = new BookKeeper(store, (error) => guard.caught('alerts', error))
    const sender = { app, url: settings.url }
    const { channels, every } = settings
    const common = { clock, guard, channels, sender, book: () => this.#keeper.book, commit: () => this.#commit() }
    const ask = (now: number): Ask => this.#asking(now)
    const kept = (alerts: readonly Alert[]): void => this.#kept(alerts)
    this.#rounds = new Rounds({ ...common, every, timezone: parts.timezone, ask, kept })
    const leads = (): boolean => this.#leader.epoch !== undefined
    this.#courier = new Courier({ ...common, leads, random, isMuted: (alert) => this.#isMuted(alert) })
    this.#diary = new Diary({ ...common, digest: settings.digest, ask, kept: () => this.#courier.turn() })
    if (this.#isNeeded) this.#start()
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
  turn(): Promise<void> {
    return (this.#turning ??= this.#turn()
      .catch((error: unknown) => {
        this.#keeper.drop()
        this.#leader.doubt()
        this.#parts.guard.caught('alerts', error)
      })
      .finally(() => {
        this.#turning = undefined
      }))
  }

  /** Resolves when nothing is being evaluated or sent. */
  async idle(): Promise<void> {
    await this.#turning
    await this.#rounds.idle()
    await this.#diary.idle()
    await this.#courier.idle()
  }

  /** The budget that is used up, as far as this process knows, and that a call with these labels belongs to. */
  usedUp(call: Readonly<Record<string, string | undefined>>): Rule | undefined {
    const book = this.#book ?? this.#read
    const now = this.#parts.clock.now()
    return this.#rules.find(({ name, condition, where }) => {
      const state = book?.rules.get(name)?.budget
      return condition.kind === 'budget' && state && isUsedUp(state, condition, now) && isWithin(where, call)
    })
  }

  /** Whether something of it wants a look: a channel that was given up, or alerts that never arrived within a day. */
  async trouble(): Promise<{ readonly code: string; readonly count: number } | null> {
    const book = this.#book ?? readBook(await this.#parts.store.get(BOOK))
    const { clock, settings } = this.#parts
    const recent = book.dead.filter(({ at }) => clock.now() - at < 86_400_000).length
    if (recent > 0) return { code: 'dead_letters', count: recent }
    const gone = [...settings.channels.keys()].filter((name) => channelEntry(book, name).disabled !== null).length
    return gone > 0 ? { code: 'notifier_gone', count: gone } : null
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
    const last = async (): Promise<void> => {
      await this.#turning
      await this.#courier.idle()
      await this.#leader.leave()
    }
    await within(last(), LEAVE_WITHIN).catch(() => undefined)
    this.#keeper.drop()
  }

  get #isNeeded(): boolean {
    return this.#rules.length > 0 || this.#parts.settings.digest !== null
  }

  /** The book while it is certain that this process leads. */
  get #book(): Book | undefined {
    return this.#leader.epoch === undefined ? undefined : this.#keeper.book
  }

  #start(): void {
    if (this.#timer !== undefined || this.#ended) return
    const { settings, guard } = this.#parts
    this.#timer = setInterval(() => void this.turn(), Math.min(TICK, settings.every)).unref()
    for (const { notifier } of settings.channels.values()) {
      void notifier.lacks?.().then((line) => line !== null && guard.once(line, line))
    }
  }

  async #turn(): Promise<void> {
    if (this.#ended) return
    if (this.#leader.isDue) await this.#leader.turn()
    const { epoch } = this.#leader
    if (epoch === undefined) {
      this.#keeper.drop()
      this.#rounds.rest()
      return this.#follow()
    }
    if (this.#keeper.book === undefined && !(await this.#take(epoch))) return
    if (this.#ended) return
    this.#rounds.turn(this.#rules)
    this.#diary.turn()
    this.#courier.turn()
  }

  async #take(epoch: number): Promise<boolean> {
    if (!(await this.#keeper.take(epoch))) return false
    this.#courier.revive(this.#keeper.book!)
    return true
  }

  /** Who does not lead reads the book for those who ask about budgets. */
  async #follow(): Promise<void> {
    const now = this.#parts.clock.monotonic()
    const hasBudgets = this.#rules.some(({ condition }) => condition.kind === 'budget')
    if (!hasBudgets || now - this.#readAt < this.#parts.settings.every) return
    this.#readAt = now
    this.#read = readBook(await this.#parts.store.get(BOOK))
  }

  async #commit(): Promise<boolean> {
    const kept = await this.#keeper.commit()
    // Others have written it, or nobody knows: first of all look who leads.
    if (!kept) this.#leader.doubt()
    return kept
  }

  #isMuted(alert: Alert): boolean {
    const rule = this.#rules.find(({ name }) => name === alert.rule)
    return rule !== undefined && isMuted(rule.mute, this.#parts.clock.now())
  }

  #kept(alerts: readonly Alert[]): void {
    for (const alert of alerts) this.tail.push(this.#parts.clock.monotonic(), () => draftOf(alert))
    if (alerts.length > 0) this.#courier.turn()
  }

  #asking(now: number): Ask {
    const { store, flush } = this.#parts
    const flushed = within(flush(), FLUSH_WITHIN).catch(() => false)
    return async (params, route = 'query') => {
      await flushed
      const asked = { route, params, url: '', accept: 'application/json', now, facts: {} }
      return readAnswer(await within(store.answer(asked), ANSWER_WITHIN))
    }
  }
}
