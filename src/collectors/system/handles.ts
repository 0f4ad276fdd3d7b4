import type { Clock } from '../../core/time.ts'

/** A process with a hundred thousand sockets takes as many names to be counted: then it is done less often. */
const SHARE = 10_000

const active =
  typeof process.getActiveResourcesInfo === 'function'
    ? (): readonly string[] => process.getActiveResourcesInfo()
    : undefined

/** Counts what keeps the process running. */
export class Handles {
  readonly #clock: Clock
  readonly #list: (() => readonly string[]) | null
  #again = -Infinity
  #count: number | null = null

  constructor(clock: Clock, list: (() => readonly string[]) | null = active ?? null) {
    this.#clock = clock
    this.#list = list
  }

  /** Null where the platform does not say. */
  read(): number | null {
    const now = this.#clock.monotonic()
    if (this.#list === null || now < this.#again) return this.#count
    this.#count = this.#list().length
    this.#again = now + (this.#clock.monotonic() - now) * SHARE
    return this.#count
  }
}
