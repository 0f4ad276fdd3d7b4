import { AsyncLocalStorage } from 'node:async_hooks'

/** What is known of a call of `fetch` while it is under way. */
export interface Shade {
  /** Nets below do not look, because the one above reads what comes. */
  readonly hides: boolean
  /** Over once the response has begun: sockets that were opened meanwhile keep the shade, and serve later calls. */
  live: boolean
  /** A net below has begun to watch it. */
  seen: boolean
}

/** Tells the nets of one another, so that a call which passes through two is told once. */
export class Veil {
  readonly #shades = new AsyncLocalStorage<Shade>()

  /** Whether what happens now belongs to a call that is read further up, or is none of the app's. */
  get hidden(): boolean {
    const shade = this.#shades.getStore()
    return shade !== undefined && shade.live && shade.hides
  }

  /** A net begins to watch what happens now. */
  mark(): void {
    const shade = this.#shades.getStore()
    if (shade?.live === true) shade.seen = true
  }

  /** Runs `work`, and whatever it waits for, in the shade until that is over. */
  cover<T>(shade: Shade, work: () => T): T {
    return this.#shades.run(shade, work)
  }
}
