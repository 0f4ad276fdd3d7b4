import type { Origin } from './origin.ts'

interface Held {
  readonly origin: Origin
  readonly since: number
  readonly write: () => void
}

/** Minutes stay open so long (ms): what is held no longer than that still belongs to its own. */
const LONGEST = 2_000
const MOST = 5_000

/**
 * What requests set off that go on and that no router has named: whose endpoint it is, is known when they end. A
 * flood of paths that end as 404 would otherwise leave names of its own.
 */
export class Undecided {
  readonly #now: () => number
  #held: Held[] = []
  #closed = false

  /** `now` gives milliseconds that never jump. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Calls `write` at once, or in a later `settle`. */
  write(origin: Origin | undefined, write: () => void): void {
    if (this.#closed || origin?.open !== true || this.#held.length >= MOST) return write()
    this.#held.push({ origin, since: this.#now(), write })
  }

  /** Writes what is decided by now, or has waited long enough; with `all` the rest too. */
  settle(all: boolean): void {
    if (this.#held.length === 0) return
    const held = this.#held
    const now = this.#now()
    this.#held = held.filter((one) => !all && one.origin.open === true && now - one.since < LONGEST)
    const waits = new Set(this.#held)
    for (const one of held) if (!waits.has(one)) one.write()
  }

  /** Writes everything, and holds nothing from here on. */
  close(): void {
    this.#closed = true
    this.settle(true)
  }
}
