import type { Series } from './series.ts'

/** A value that counts only if its id has not been counted yet. */
export interface HeldValue {
  /** A hash of the metric and the id that the app gave. */
  readonly id: string
  readonly series: Series
  /** Whether points of the series have buckets. */
  readonly buckets: boolean
  readonly value: number
  /** Unix ms of the call. */
  readonly time: number
  /** Called once when it is to be counted. */
  readonly counted: () => void
}

/** Values held back until somebody has said whether they count, the oldest first; each id once. */
export class Held {
  readonly #most: number
  readonly #values = new Map<string, HeldValue>()

  constructor(most: number = 10_000) {
    this.#most = most
  }

  get size(): number {
    return this.#values.size
  }

  /** Takes a value in; false when there is no room. A second one with an id that is held already is the same one again. */
  hold(value: HeldValue): boolean {
    if (this.#values.has(value.id)) return true
    if (this.#values.size >= this.#most) return false
    this.#values.set(value.id, value)
    return true
  }

  /** Hands over the oldest ones. */
  take(most: number): HeldValue[] {
    const taken = [...this.#values.values()].slice(0, most)
    for (const { id } of taken) this.#values.delete(id)
    return taken
  }
}
