import type { Ending } from '../seen.ts'
import { FetchAsked, signalOf, urlOf } from './asked.ts'
import type { Exchange } from './exchange.ts'
import { rewrap } from './rewrap.ts'
import type { Shade, Veil } from './veil.ts'
import type { Watchers } from './watchers.ts'

/** A `fetch`, whoever made it. */
export type Fetch = typeof globalThis.fetch

type Call = (...args: unknown[]) => unknown

/** Watches calls of `fetch`; what nobody wants is passed on after one look at its URL. */
export class FetchNet {
  readonly #watchers: Watchers
  readonly #veil: Veil
  readonly #made = new WeakSet()

  constructor(watchers: Watchers, veil: Veil) {
    this.#watchers = watchers
    this.#veil = veil
  }

  /**
   * The same function, watched. Where it hides nothing, what is seen below is told from there, and only what
   * nobody sees is told here.
   */
  around<F extends (...args: never[]) => unknown>(original: F, hides: Shade['hides']): F {
    if (this.#made.has(original)) return original
    const made = new Proxy(original, {
      apply: (target, self, args) => {
        const call = target as unknown as Call
        if (this.#watchers.size === 0) return Reflect.apply(call, self, args)
        const url = urlOf(args[0])
        if (url === undefined || !this.#watchers.wants(url) || this.#veil.silent) return Reflect.apply(call, self, args)
        return this.#call(() => Reflect.apply(call, self, args), url, args, hides)
      },
    })
    this.#made.add(made)
    return made
  }

  #call(call: () => unknown, url: string, [input, init]: readonly unknown[], hides: Shade['hides']): unknown {
    const exchange = this.#begin(url, input, init)
    const shade: Shade = { hides, live: true, seen: false }
    const signal = signalOf(input, init)
    const ending = (error: unknown): Ending => (isAbort(error, signal) ? 'aborted' : 'failed')
    const failed = (error: unknown): never => {
      shade.live = false
      if (shade.seen) exchange?.drop()
      exchange?.end(ending(error))
      throw error
    }
    const came = (response: unknown): unknown => {
      shade.live = false
      if (shade.seen) exchange?.drop()
      return exchange?.open === true ? watched(response, exchange, ending) : response
    }
    let answer
    try {
      answer = this.#veil.cover(shade, call)
    } catch (error) {
      return failed(error)
    }
    return isPromise(answer) ? answer.then(came, failed) : came(answer)
  }

  #begin(url: string, input: unknown, init: unknown): Exchange | undefined {
    try {
      return this.#watchers.begin(new FetchAsked(url, input, init))
    } catch {
      return undefined
    }
  }
}

function watched(response: unknown, exchange: Exchange, ending: (error: unknown) => Ending): unknown {
  try {
    return rewrap(response as Response, exchange, ending)
  } catch {
    exchange.lose('the response is none that can be read on its way')
    return response
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true || (error as { name?: unknown } | null | undefined)?.name === 'AbortError'
}
