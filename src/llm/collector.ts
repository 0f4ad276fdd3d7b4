import { breather } from '../core/breathe.ts'
import type { Draft } from '../core/event.ts'
import type { Clock } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import { type Call, type Price, UNPRICED } from './call.ts'
import type { Ledger } from './ledger.ts'
import type { Origin } from './origin.ts'
import { hostOf } from './paid.ts'

/** What finds prices; slow to begin, so it is loaded with the first call. */
export interface Pricing {
  load(): Promise<void>
  /** After `load`. */
  price(call: Call): Price
}

/** What an LlmCollector works with. */
export interface CollectorOptions {
  readonly ledger: Ledger
  readonly prices: Pricing
  readonly clock: Clock
  readonly guard: Guard
  /** Counts what is dropped, by reason. */
  readonly drops: Map<string, number>
}

interface Waiting {
  readonly call: Call
  readonly origin: Origin | undefined
  readonly at: number
}

/** Calls that wait for their price: more come only when a loop records them by hand. */
const MOST = 20_000
/** Priced in one turn of the event loop: about a millisecond. */
const BATCH = 50

/** Takes calls as they end, and prices them when the app has had its turn. */
export class LlmCollector {
  readonly #options: CollectorOptions
  #waiting: Waiting[] = []
  #loaded: Promise<void> | undefined
  #ready = false
  #scheduled = false

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  /** Takes a call that is over. Never throws, never waits. */
  take(call: Call, origin: Origin | undefined): void {
    if (this.#waiting.length >= MOST && !this.#relieved()) return this.#drop()
    this.#waiting.push({ call, origin, at: this.#options.clock.now() })
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => void this.#turn())
  }

  /** A call that was seen, but of which nothing could be read; `why` tells what to do. */
  missed(url: string, why: string): void {
    const { guard, ledger } = this.#options
    const host = hostOf(url)
    guard.run('llm', () => ledger.untracked(host), undefined)
    guard.once(`untracked ${host}`, `a call of ${host} is counted, but its cost is not known: ${why}`)
  }

  /** Every call taken so far is priced and recorded when this resolves; undefined where none waits. */
  settle(): Promise<void> | undefined {
    return this.#waiting.length === 0 ? undefined : this.#settle()
  }

  drain(): Draft[] {
    return this.#options.ledger.drain()
  }

  async #settle(): Promise<void> {
    if (!this.#ready) await this.#load()
    const breathe = breather()
    while (this.#waiting.length > 0) {
      this.#record(BATCH)
      const pause = breathe()
      if (pause !== undefined) await pause
    }
  }

  async #turn(): Promise<void> {
    if (!this.#ready) await this.#load()
    this.#record(BATCH)
    this.#scheduled = this.#waiting.length > 0
    if (this.#scheduled) setImmediate(() => void this.#turn())
  }

  /** Without prices calls are recorded all the same, and the next one tries again. */
  #load(): Promise<void> {
    const { prices, guard } = this.#options
    this.#loaded ??= prices.load().then(
      () => void (this.#ready = true),
      (error: unknown) => {
        this.#loaded = undefined
        guard.caught('prices', error)
      }
    )
    return this.#loaded
  }

  #record(most: number): void {
    const { ledger, prices, guard } = this.#options
    for (const { call, origin, at } of this.#waiting.splice(0, most)) {
      const price = guard.run('pricing', () => prices.price(call), UNPRICED)
      guard.run('llm', () => ledger.enter({ call, price, origin, at }), undefined)
    }
  }

  /** Makes room at once where that is possible. */
  #relieved(): boolean {
    if (this.#ready) this.#record(BATCH)
    return this.#ready
  }

  #drop(): void {
    const { drops, guard } = this.#options
    drops.set('llm_calls', (drops.get('llm_calls') ?? 0) + 1)
    guard.once('llm dropped', `more than ${MOST} calls of models at once: what is over that is dropped and counted`)
  }
}
