import type { Begun } from './begun.ts'

const MOST = 1_000

/** Responses that are made in the background: begun, and not yet fetched. */
export class Parked {
  readonly #waiting = new Map<string, Begun>()

  get size(): number {
    return this.#waiting.size
  }

  has(id: string): boolean {
    return this.#waiting.has(id)
  }

  get(id: string): Begun | undefined {
    return this.#waiting.get(id)
  }

  /** Gives the oldest when there are too many. */
  add(id: string, begun: Begun): Begun | undefined {
    const [oldest] = this.#waiting.size < MOST ? [] : this.#waiting
    if (oldest !== undefined) this.#waiting.delete(oldest[0])
    this.#waiting.set(id, begun)
    return oldest?.[1]
  }

  delete(id: string): void {
    this.#waiting.delete(id)
  }

  /** All that wait, which then wait no more. */
  clear(): readonly Begun[] {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    return all
  }
}
