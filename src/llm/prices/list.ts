import { type Call, type Price, UNPRICED } from '../call.ts'
import { ageOf, type PriceAge } from './age.ts'
import { AS_OF } from './edition.ts'
import { checkPrices } from './overrides.ts'
import type { Prices, PricesParts } from './prices.ts'

/** The price list of a process: nothing of it is loaded before the first call, but its age is known. */
export class PriceList {
  readonly #parts: PricesParts
  readonly #overrides: number
  #prices: Prices | undefined

  /** Throws `bad_option` for prices of your own that cannot be. */
  constructor(parts: PricesParts) {
    this.#parts = parts
    this.#overrides = checkPrices(parts.overrides).size
  }

  /** Reads the list; rejects when it cannot be, and another call tries again. */
  async load(): Promise<void> {
    const { Prices } = await import('./prices.ts')
    this.#prices ??= new Prices(this.#parts)
    await this.#prices.load()
  }

  /** What a call costs; without a list nobody knows. Never throws. */
  price(call: Call): Price {
    return this.#prices?.price(call) ?? UNPRICED
  }

  /** How old the prices are. */
  age(now: number): PriceAge {
    return this.#prices?.age(now) ?? ageOf(AS_OF, now, this.#overrides, false)
  }
}
