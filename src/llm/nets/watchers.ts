import type { Asked, Watched, Watcher } from '../seen.ts'
import { Exchange, type Seat, type Share } from './exchange.ts'
import type { Veil } from './veil.ts'

class Place implements Seat {
  readonly watcher: Watcher
  taken = true

  constructor(watcher: Watcher) {
    this.watcher = watcher
  }

  wants(url: string): boolean {
    try {
      return this.watcher.wants(url)
    } catch {
      return false
    }
  }

  watch(asked: Asked): Watched | undefined {
    try {
      return this.wants(asked.url) ? this.watcher.watch(asked, this.watcher.origin()) : undefined
    } catch {
      return undefined
    }
  }

  missed(url: string, why: string): void {
    try {
      this.watcher.missed(url, why)
    } catch {
      // Nothing that a watcher does reaches the app.
    }
  }
}

/** Everybody who watches, as the nets see them. Never throws. */
export class Watchers {
  readonly #veil: Veil
  #places: readonly Place[] = []

  constructor(veil: Veil) {
    this.#veil = veil
  }

  /** How many there are. */
  get size(): number {
    return this.#places.length
  }

  /** Gives a watcher a place; what is given back ends it, at once and also for what is under way. */
  seat(watcher: Watcher): () => void {
    const place = new Place(watcher)
    this.#places = [...this.#places, place]
    return () => {
      place.taken = false
      this.#places = this.#places.filter((other) => other !== place)
    }
  }

  /** Whether anybody wants to see requests of this URL. */
  wants(url: string): boolean {
    for (const place of this.#places) if (place.wants(url)) return true
    return false
  }

  /** Asks each watcher; undefined when it is none's. */
  begin(asked: Asked): Exchange | undefined {
    const shares: Share[] = []
    for (const place of this.#places) {
      const watched = place.watch(asked)
      if (watched !== undefined) shares.push({ seat: place, watched })
    }
    if (shares.length === 0) return undefined
    this.#veil.mark()
    return new Exchange(asked.url, shares)
  }

  /** Tells those who want this URL that it was called and cannot be read. */
  missed(url: string, why: string): void {
    for (const place of this.#places) if (place.wants(url)) place.missed(url, why)
  }
}
