import { AsyncLocalStorage } from 'node:async_hooks'

/** What is known of a call while it is under way. */
export interface Shade {
  /** Who does not look: nobody is kept from it; the nets below `fetch`, since that one is read; nobody looks at all. */
  readonly hides: 'nothing' | 'below' | 'all'
  /** Over once the response has begun: sockets that were opened meanwhile keep the shade, and serve later calls. */
  live: boolean
  /** A net below has begun to watch it. */
  seen: boolean
}

/** Tells the nets of one another, so that a call which passes through two is told once. */
export class Veil {
  readonly #shades = new AsyncLocalStorage<Shade>()

  /** Whether what happens below `fetch` now belongs to a call that is read further up, or is none of the app's. */
  get hidden(): boolean {
    const shade = this.#shades.getStore()
    return shade !== undefined && shade.live && shade.hides !== 'nothing'
  }

  /** Whether what happens now is none of the app's. A `fetch` within another is a call of its own: a body asks for it. */
  get silent(): boolean {
    const shade = this.#shades.getStore()
    return shade !== undefined && shade.live && shade.hides === 'all'
  }

  /** A net begins to watch what happens now. */
  mark(): void {
    const shade = this.#shades.getStore()
    if (shade?.live === true && shade.hides === 'nothing') shade.seen = true
  }

  /** Runs `work`, and whatever it waits for, in the shade until that is over. */
  cover<T>(shade: Shade, work: () => T): T {
    return this.#shades.run(shade, work)
  }
}
