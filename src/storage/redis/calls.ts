import { randomBytes } from 'node:crypto'
import { DAY, HOUR, systemClock } from '../../core/time.ts'
import type { Batch } from '../driver.ts'
import { type Call, markOf } from './parcels.ts'

/** A connection that was silent for longer may have been forgotten by others, ms. */
const REMEMBERED = DAY / 2
/** Keys that live some days are told so once in a while, and not with each batch, ms. */
const REFRESHED = HOUR

const FORGOTTEN = { mark: '', at: -Infinity }
const NEVER = { all: -Infinity, events: -Infinity }

/** Tells a driver's calls from those of others, and late ones from later ones. */
export class Calls {
  readonly #connection = randomBytes(6).toString('hex')
  #number = 0
  /** What the last call that was answered has left, and when. */
  #kept = FORGOTTEN
  /** When keys were last told how long they live. */
  #refreshed = NEVER

  /** The next call, which is to carry this batch. */
  next({ events }: Batch): Omit<Call, 'generation' | 'lifetimes'> {
    const now = systemClock.monotonic()
    return {
      connection: this.#connection,
      number: ++this.#number,
      seen: now < this.#kept.at + REMEMBERED ? this.#kept.mark : '',
      refresh: now >= this.#refreshed.all + REFRESHED,
      refreshEvents: events.length > 0 && now >= this.#refreshed.events + REFRESHED,
    }
  }

  /** A call was answered: its batch is kept. */
  kept(call: Call, batch: Batch): void {
    const { all, events } = this.#refreshed
    const at = systemClock.monotonic()
    this.#kept = { mark: markOf(call, batch), at }
    this.#refreshed = { all: call.refresh ? at : all, events: call.refreshEvents ? at : events }
  }

  /** The store is not the one that it was. */
  forget(): void {
    this.#kept = FORGOTTEN
    this.#refreshed = NEVER
  }
}
