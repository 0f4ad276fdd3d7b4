import type { Clock } from '../core/time.ts'

const BACKOFF = { first: 100, most: 30_000 }

/** What the store's failures come to: for how long nothing was kept, and when to try again. */
export class Outage {
  readonly #clock: Clock
  #failures = 0
  #retryAt = 0
  /** When the first flush began of those that have not succeeded since. */
  #since: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How often in a row a flush has failed. */
  get failures(): number {
    return this.#failures
  }

  /** For how many ms what was to be kept was not. */
  get ms(): number {
    return this.#since === undefined ? 0 : this.#clock.monotonic() - this.#since
  }

  /** True while the store is to be left alone. */
  get isResting(): boolean {
    return this.#clock.monotonic() < this.#retryAt
  }

  /** A flush begins. */
  tried(): void {
    this.#since ??= this.#clock.monotonic()
  }

  /** The store has taken a batch. */
  took(): void {
    this.#failures = 0
    this.#retryAt = 0
  }

  /** A flush has come to its end, and everything is kept. */
  ended(): void {
    this.took()
    this.#since = undefined
  }

  /** A flush has failed. */
  failed(): void {
    this.#failures++
    const wait = Math.min(BACKOFF.first * 2 ** (this.#failures - 1), BACKOFF.most)
    this.#retryAt = this.#clock.monotonic() + wait * (0.75 + Math.random() / 2)
  }
}
