import type { Clock } from '../../core/time.ts'
import type { Name } from '../driver.ts'

/** A server that fails over, or crashes without having synced, loses less than this many ms. */
const LAST = 30_000

interface Told {
  readonly names: readonly Name[]
  readonly at: number
}

/**
 * Says every name twice, the second time half a minute after the first: who put it is sure that it is kept, and would not
 * say it again for a day, although the server may have lost its last moments without a word.
 */
export class Echo {
  readonly #clock: Clock
  #told: Told[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get now(): number {
    return this.#clock.monotonic()
  }

  /** These, and what is to be said again at `moment`. */
  with(names: readonly Name[], moment: number): readonly Name[] {
    const late = this.#told.filter(({ at }) => at <= moment - LAST)
    return [...late.flatMap(({ names: some }) => some), ...names]
  }

  /** These were kept, and with them what was to be said again at `moment`. */
  kept(names: readonly Name[], moment: number): void {
    this.#told = this.#told.filter(({ at }) => at > moment - LAST)
    if (names.length > 0) this.#told.push({ names, at: moment })
  }
}
