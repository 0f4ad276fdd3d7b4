import type { Clock } from '../core/time.ts'
import { DAY, MINUTE } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import { localText } from '../query/calendar.ts'
import { zoneOf } from '../query/zone.ts'
import { type Alert, idOf, type Sender } from './alert.ts'
import type { Ask } from './ask.ts'
import type { Book } from './book.ts'
import { dayBefore } from './day.ts'
import type { Digest } from './option.ts'
import { enqueue } from './outbox.ts'
import { within } from './within.ts'

/** What the daily summary is made with. */
export interface DiaryParts {
  readonly clock: Clock
  readonly guard: Guard
  readonly digest: Digest | null
  readonly sender: Sender
  readonly ask: (now: number) => Ask
  /** The leader's book; undefined for who does not lead. */
  readonly book: () => Book | undefined
  readonly commit: () => Promise<boolean>
  /** Called when there is a summary to send. */
  readonly kept: () => void
}

const LONGEST = 60_000
/** A summary that could not be made is tried again after this. */
const AGAIN = 5 * MINUTE

/** Writes a short summary of the day before, once a day. */
export class Diary {
  readonly #parts: DiaryParts
  #work: Promise<void> | undefined
  #notBefore = -Infinity

  constructor(parts: DiaryParts) {
    this.#parts = parts
  }

  /** Begins to write if it is time. */
  turn(): void {
    const { digest, clock, guard } = this.#parts
    if (digest === null || this.#work !== undefined || clock.monotonic() < this.#notBefore) return
    this.#work = this.#turn(digest)
      .catch((error: unknown) => {
        this.#notBefore = clock.monotonic() + AGAIN
        guard.caught('the daily summary', error)
      })
      .finally(() => {
        this.#work = undefined
      })
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#work
  }

  async #turn(digest: Digest): Promise<void> {
    const { clock, book: current, commit, ask, sender } = this.#parts
    const book = current()
    const now = clock.now()
    const zone = zoneOf(digest.tz)
    const today = localText(now, zone).slice(0, 10)
    if (book === undefined || book.digest === today) return
    const isTime = Math.floor((zone.local(now) % DAY) / MINUTE) >= digest.at
    // Who switches it on in the afternoon hears from it tomorrow.
    if (book.digest === null) book.digest = isTime ? today : ''
    else if (isTime) {
      const { title, message } = await within(dayBefore(now, zone, ask(now)), LONGEST)
      const kept = current()
      if (kept === undefined || kept.digest === today) return
      kept.digest = today
      enqueue(kept, summaryOf(today, title, message, now, sender), digest.notify, false)
    } else return
    if (await commit()) this.#parts.kept()
  }
}

function summaryOf(day: string, title: string, message: string, now: number, sender: Sender): Alert {
  const id = idOf('digest', day, sender.app)
  return {
    id,
    type: 'digest',
    alertId: id,
    key: 'digest',
    time: now,
    rule: 'digest',
    severity: 'info',
    status: 'info',
    metric: null,
    value: null,
    threshold: null,
    unit: '',
    group: {},
    labels: {},
    startsAt: null,
    endsAt: null,
    title,
    message,
    ...sender,
  }
}
