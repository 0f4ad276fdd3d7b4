import type { Clock } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import type { Alert, Sender } from './alert.ts'
import { type Book, channelEntry } from './book.ts'
import type { Channel } from './channels.ts'
import { type Claim, claim, settle } from './outbox.ts'
import type { Outcome } from './retry.ts'

/** What a courier works with. */
export interface CourierParts {
  readonly clock: Clock
  readonly guard: Guard
  readonly channels: ReadonlyMap<string, Channel>
  readonly sender: Sender
  /** The leader's book; undefined for who does not lead. */
  readonly book: () => Book | undefined
  readonly commit: () => Promise<boolean>
  /** Whether it is certain that this process leads. */
  readonly leads: () => boolean
  readonly isMuted: (alert: Alert) => boolean
  readonly random: () => number
}

const REMEMBERED = 500

/** Sends what is in the outbox, one alert at a time to each channel; a channel that hangs holds up no other. */
export class Courier {
  readonly #parts: CourierParts
  readonly #busy = new Map<string, Promise<void>>()
  /** What arrived, where that could not be written down. */
  readonly #arrived = new Set<string>()

  constructor(parts: CourierParts) {
    this.#parts = parts
  }

  /** Begins to send what is due. */
  turn(): void {
    for (const channel of this.#parts.channels.values()) {
      if (this.#busy.has(channel.name)) continue
      const work = this.#empty(channel)
        .catch((error: unknown) => this.#parts.guard.caught('alerts', error))
        .finally(() => this.#busy.delete(channel.name))
      this.#busy.set(channel.name, work)
    }
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values())
  }

  /** A channel that is configured otherwise than when it was given up is tried again. */
  revive(book: Book): void {
    for (const { name, notifier } of this.#parts.channels.values()) {
      const entry = channelEntry(book, name)
      if (entry.disabled !== null && entry.disabled.mark !== notifier.mark) entry.disabled = null
    }
  }

  async #empty(channel: Channel): Promise<void> {
    const { clock, book: current, commit, leads, isMuted, sender } = this.#parts
    for (;;) {
      const book = current()
      if (book === undefined || !leads()) return
      const claimed = claim(book, channel.name, clock.now(), isMuted, sender)
      if (claimed === undefined) return
      // Written first: whoever leads by now has changed the document, and then nothing is sent.
      if (!(await commit()) || !leads()) return
      await this.#settle(channel, claimed, await this.#send(channel, claimed))
    }
  }

  async #send({ name, notifier }: Channel, { alert }: Claim): Promise<Outcome> {
    const mark = `${name} ${alert.id}`
    if (this.#arrived.has(mark)) return { ok: true }
    const outcome = await notifier.send(alert, this.#parts.clock.now())
    if (outcome.ok) this.#arrived.add(mark)
    for (const one of this.#arrived) if (this.#arrived.size > REMEMBERED) this.#arrived.delete(one)
    return outcome
  }

  async #settle({ name, notifier }: Channel, claimed: Claim, outcome: Outcome): Promise<void> {
    const { clock, guard, book: current, commit, random } = this.#parts
    if (!outcome.ok) {
      const why =
        outcome.retry === 'never'
          ? 'is gone: nothing more is sent to it until it is configured anew'
          : 'did not take an alert'
      guard.say(`notifier ${name}`, `notifier '${name}' ${why} (${outcome.code})`)
    }
    const book = current()
    if (book === undefined) return
    const buried = book.deadCount
    settle(book, claimed, outcome, clock.now(), random(), notifier.mark)
    if (book.deadCount > buried)
      guard.say(`dead letter ${name}`, `notifier '${name}': an alert was given up, /metrics/alerts lists it`)
    await commit()
  }
}
