import { type Fetch, FetchNet } from './nets/fetch.ts'
import { watchHttp } from './nets/http.ts'
import { watchHttp2 } from './nets/http2.ts'
import { watchUndici } from './nets/undici.ts'
import { type Shade, Veil } from './nets/veil.ts'
import { Watchers } from './nets/watchers.ts'
import type { Watcher } from './seen.ts'

const NAME: unique symbol = Symbol.for('pocketmetrics.llm') as never

/** Sees what the process asks of others over HTTP, and shows each exchange once to every watcher that wants it. */
export class LlmHub {
  readonly #veil = new Veil()
  readonly #watchers = new Watchers(this.#veil)
  readonly #fetches = new FetchNet(this.#watchers, this.#veil)
  #stop: readonly (() => void)[] = []

  /** Shows exchanges to `watcher` until what is given back is called; also what is under way then is told no further. */
  attach(watcher: Watcher): () => void {
    const leave = this.#watchers.seat(watcher)
    if (this.#watchers.size === 1) this.#start()
    return () => {
      leave()
      if (this.#watchers.size === 0) this.#end()
    }
  }

  /** A `fetch`, watched, unless the nets see what it does. */
  around<F extends Fetch>(fetch: F): F {
    return this.#fetches.around(fetch, 'nothing')
  }

  /** Runs what is no business of the app: none of its calls is shown, until it is done. */
  unseen<T>(work: () => Promise<T>): Promise<T> {
    const shade: Shade = { hides: 'all', live: true, seen: false }
    return this.#veil.cover(shade, work).finally(() => (shade.live = false))
  }

  /** Puts a watched `fetch` in the place of the global one. */
  install(): void {
    const found = Object.getOwnPropertyDescriptor(globalThis, 'fetch')
    const fetch = found?.value as unknown
    if (typeof fetch !== 'function' || found?.writable !== true) return
    globalThis.fetch = this.#fetches.around(fetch as Fetch, 'below')
  }

  // A net that cannot be spread leaves the others.
  #start(): void {
    const nets = [watchUndici, watchHttp, watchHttp2]
    this.#stop = nets.flatMap((net) => {
      try {
        return [net(this.#watchers, this.#veil)]
      } catch {
        return []
      }
    })
  }

  #end(): void {
    const stop = this.#stop
    this.#stop = []
    for (const one of stop) one()
  }
}

/**
 * The hub of this process, made by the first copy of the package that asks and shared by all. The first call puts the
 * watched `fetch` in place, which passes everything on while nobody is attached.
 */
export function llmHub(): LlmHub {
  const holder = globalThis as { [NAME]?: LlmHub }
  if (holder[NAME] !== undefined) return holder[NAME]
  const made = new LlmHub()
  Object.defineProperty(holder, NAME, { value: made })
  try {
    made.install()
  } catch {
    // A global that cannot be replaced: the nets below see its calls.
  }
  return made
}
