import type { Tail } from '../core/tail.ts'
import { type Clock, SECOND } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import type { Store } from '../storage/store.ts'
import { type Alert, draftOf } from './alert.ts'
import { type Ask, readAnswer } from './ask.ts'
import { type Book, BOOK, channelEntry, readBook } from './book.ts'
import { isUsedUp, isWithin } from './budget.ts'
import { Courier } from './courier.ts'
import { Diary } from './diary.ts'
import { BookKeeper } from './keeper.ts'
import { Leader } from './leader.ts'
import { isMuted } from './mute.ts'
import type { AlertsSettings } from './option.ts'
import { Rounds } from './rounds.ts'
import type { Rule } from './rule.ts'
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

/** What duty is done for. */
export interface DutyParts extends AlertsParts {
  /** Those of this process; there may come more. */
  readonly rules: readonly Rule[]
  /** Takes what is told as events. */
  readonly tail: Tail
}

const FLUSH_WITHIN = 2 * SECOND
const ANSWER_WITHIN = 10 * SECOND
const LEAVE_WITHIN = 2 * SECOND
const LEASE = { least: 2 * SECOND, most: 15 * SECOND }

/** What one process of all does about alerts: looks, judges, tells, and writes down what it told. */
export class Duty {
  readonly #parts: DutyParts
  readonly #leader: Leader
  readonly #keeper: BookKeeper
  readonly #rounds: Rounds
  readonly #courier: Courier
  readonly #diary: Diary
  #turning: Promise<void> | undefined
  #ended = false
  /** The book as it was last read, for who does not lead. */
  #read: Book | undefined
  #readAt = -Infinity

  constructor(parts: DutyParts) {
    const { settings, clock, guard, store, holder, app, random = Math.random } = parts
    this.#parts = parts
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
  }

  /** Does what is due; resolves when it knows who leads. Never rejects. */
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
    return this.#parts.rules.find(({ name, condition, where }) => {
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

  /** Stops; lets another process lead at once. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true
    const last = async (): Promise<void> => {
      await this.#turning
      await this.#courier.idle()
      await this.#leader.leave()
    }
    await within(last(), LEAVE_WITHIN).catch(() => undefined)
    this.#keeper.drop()
  }

  /** The book while it is certain that this process leads. */
  get #book(): Book | undefined {
    return this.#leader.epoch === undefined ? undefined : this.#keeper.book
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
    this.#rounds.turn(this.#parts.rules)
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
    const hasBudgets = this.#parts.rules.some(({ condition }) => condition.kind === 'budget')
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
    const rule = this.#parts.rules.find(({ name }) => name === alert.rule)
    return rule !== undefined && isMuted(rule.mute, this.#parts.clock.now())
  }

  #kept(alerts: readonly Alert[]): void {
    const { tail, clock } = this.#parts
    for (const alert of alerts) tail.push(clock.monotonic(), () => draftOf(alert))
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
