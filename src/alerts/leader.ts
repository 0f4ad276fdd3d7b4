import type { Clock } from '../core/time.ts'
import type { Store } from '../storage/store.ts'

/** What a leader is chosen with. */
export interface LeaderParts {
  readonly store: Pick<Store, 'get' | 'swap'>
  readonly clock: Clock
  /** Names this process. */
  readonly holder: string
  /** How long nobody else leads after the last renewal, ms. */
  readonly ttl: number
}

/** Who leads, for the how-manieth time somebody does, and how often that was renewed. */
interface Held {
  readonly epoch: number
  readonly holder: string
  readonly beat: number
}

const LEASE = 'alerts:leader'
/** Of the lease's time, this share is used: the rest is for clocks that run at different speeds. */
const USED = 0.8

/**
 * Chooses one of all processes. A lease runs out when a document has not changed for its time by the watcher's own steady
 * clock: no clock is ever compared with another one's. Who was frozen finds its own time over, by either clock of its own.
 */
export class Leader {
  readonly #parts: LeaderParts
  #epoch: number | undefined
  /** Both clocks before the last renewal. */
  #renewed = { steady: -Infinity, wall: -Infinity }
  /** The document as last seen, and since when it is so. */
  #seen: string | undefined
  #seenAt = -Infinity
  #dueAt = -Infinity

  constructor(parts: LeaderParts) {
    this.#parts = parts
  }

  /** The number of this leadership, while it is certain. */
  get epoch(): number | undefined {
    const { clock, ttl } = this.#parts
    const { steady, wall } = this.#renewed
    const isFresh = clock.monotonic() - steady < ttl * USED && clock.now() - wall < ttl * USED
    return isFresh ? this.#epoch : undefined
  }

  /** Whether it is time for a turn. */
  get isDue(): boolean {
    return this.#parts.clock.monotonic() >= this.#dueAt
  }

  /** Renews, watches, or takes over. Rejects when the store does not answer. */
  async turn(): Promise<void> {
    const { store, clock, holder, ttl } = this.#parts
    const before = { steady: clock.monotonic(), wall: clock.now() }
    this.#dueAt = before.steady + ttl / 4
    const seen = await store.get(LEASE)
    const held = read(seen)
    // Also where the reply to taking it was lost: nobody else has this name.
    if (held?.holder === holder) {
      return this.#write(seen, { ...held, beat: held.beat + 1 }, before)
    }
    this.#epoch = undefined
    if (seen !== this.#seen || this.#seenAt === -Infinity) {
      this.#seen = seen
      this.#seenAt = clock.monotonic()
    }
    const isFree = held === undefined || held.holder === ''
    const left = this.#seenAt + ttl - clock.monotonic()
    if (isFree || left <= 0) await this.#write(seen, { epoch: (held?.epoch ?? 0) + 1, holder, beat: 0 }, before)
    else this.#dueAt = before.steady + Math.min(ttl / 4, left)
  }

  /** From now on it is not certain, until the next turn has looked. */
  doubt(): void {
    this.#renewed = { steady: -Infinity, wall: -Infinity }
    this.#dueAt = -Infinity
  }

  /** Lets the next one lead at once. */
  async leave(): Promise<void> {
    const { store, holder } = this.#parts
    this.doubt()
    if (this.#epoch === undefined) return
    const seen = await store.get(LEASE)
    const held = read(seen)
    if (held?.holder === holder) await store.swap(LEASE, seen, JSON.stringify({ ...held, holder: '' }))
    this.#epoch = undefined
  }

  async #write(seen: string | undefined, held: Held, before: { steady: number; wall: number }): Promise<void> {
    const text = JSON.stringify(held)
    if (!(await this.#parts.store.swap(LEASE, seen, text))) {
      this.#epoch = undefined
      return
    }
    this.#epoch = held.epoch
    this.#seen = text
    this.#seenAt = before.steady
    this.#renewed = before
  }
}

function read(text: string | undefined): Held | undefined {
  try {
    const held = JSON.parse(text ?? 'null') as Held | null
    return typeof held?.epoch === 'number' ? held : undefined
  } catch {
    return undefined
  }
}
