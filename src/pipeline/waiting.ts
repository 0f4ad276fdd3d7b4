import { breather } from '../core/breathe.ts'
import type { Draft, Event } from '../core/event.ts'
import type { Guard } from '../guard.ts'

/** Where events come from: each gives what came since the last time. */
export interface Source {
  drain(): Draft[]
}

/** What waits at most, for as long as the store takes nothing. */
const MOST = 20_000

/** Events of all sources in one numbered row, until they are kept. */
export class WaitingEvents {
  readonly #sources: readonly Source[]
  readonly #guard: Guard
  readonly #writer: () => string
  readonly #dropped: (count: number) => void
  #events: Event[] = []
  #number = 0

  constructor(
    sources: readonly Source[],
    guard: Guard,
    /** Who writes now. */
    writer: () => string,
    dropped: (count: number) => void
  ) {
    this.#sources = sources
    this.#guard = guard
    this.#writer = writer
    this.#dropped = dropped
  }

  get size(): number {
    return this.#events.length
  }

  first(count: number): readonly Event[] {
    return this.#events.slice(0, count)
  }

  /** The first so many are kept. */
  kept(count: number): void {
    this.#events.splice(0, count)
  }

  /** What came in a burst is made into events in several turns, and not much more than `enough` of it at once. */
  async collect(enough: number): Promise<void> {
    const breathe = breather(1)
    while (this.#drain() > 0 && this.#events.length < enough) {
      const pause = breathe()
      if (pause !== undefined) await pause
    }
  }

  /** Takes some of what waits in each source; answers how much. */
  #drain(): number {
    const before = this.#events.length
    let lost = 0
    for (const source of this.#sources) {
      const drained = this.#guard.run('draining events', () => source.drain(), [])
      const room = Math.max(0, MOST - this.#events.length)
      for (const event of drained.slice(0, room)) {
        this.#events.push({ ...event, writer: this.#writer(), number: ++this.#number })
      }
      lost += Math.max(0, drained.length - room)
    }
    if (lost > 0) this.#dropped(lost)
    return this.#events.length - before
  }
}
