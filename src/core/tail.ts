import type { Draft } from './event.ts'

/** So many events may come at once, and so many a second for ever; what is over it is sampled. */
export interface TailLimits {
  readonly burst: number
  readonly perSecond: number
  /** Share of events that is kept at all, above 0 to 1. */
  readonly sample: number
}

/**
 * Events that wait for the next flush. Over the limit an event stands for those left out before it (`weight`), so the
 * weights always add up to what happened.
 */
export class Tail {
  readonly #limits: TailLimits
  readonly #random: () => number
  #waiting: Draft[] = []
  #tokens: number
  #filledAt = -Infinity
  #owed = 0

  constructor(limits: TailLimits, random: () => number = Math.random) {
    this.#limits = limits
    this.#random = random
    this.#tokens = limits.burst
  }

  /** Takes an event at `now` (monotonic ms), or lets a later one stand for it. `make` is called only if it is kept. */
  push(now: number, make: () => Omit<Draft, 'weight'>): void {
    const chosen = this.#limits.sample === 1 || this.#random() < this.#limits.sample
    if (!chosen || !this.#take(now)) {
      this.#owed++
      return
    }
    this.#waiting.push({ ...make(), weight: 1 + this.#owed })
    this.#owed = 0
  }

  drain(): Draft[] {
    const drained = this.#waiting
    this.#waiting = []
    return drained
  }

  #take(now: number): boolean {
    const { burst, perSecond } = this.#limits
    if (this.#filledAt === -Infinity) this.#filledAt = now
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
