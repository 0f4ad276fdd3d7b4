import { type Call, isUnused, type Price, UNPRICED } from '../call.ts'
import { systemClock } from '../../core/time.ts'
import { ageOf, type PriceAge } from './age.ts'
import { Catalogue, type Found } from './catalogue.ts'
import { charge, type Tariff } from './charge.ts'
import { AS_OF, FEED } from './edition.ts'
import type { Feed, FeedParts, Newest } from './feed.ts'
import { checkPrices, overridden, type Overrides, type PriceOverrides } from './overrides.ts'
import { type Rates, ratesAt, type Table } from './rates.ts'
import { modelOf, providerOf, vendorOf } from './vendor.ts'

/** How a price is found: whose list, which row, what is multiplied. */
export interface Quote {
  readonly source: Price['source']
  /** In whose list the model stands: the provider's, or the vendor's that alone makes it. */
  readonly owner: string
  readonly row: string
  readonly rates: Rates
}

/** What Prices work with; the rest is for tests. */
export interface PricesParts {
  /** The option `llm.prices`; throws `bad_option` for what cannot be. */
  readonly overrides?: PriceOverrides | undefined
  /** Told why newer prices could not be had. */
  readonly failed?: ((error: unknown) => void) | undefined
  readonly feed?: Partial<FeedParts> | undefined
}

/** Programs that run open models on a machine of one's own: a price of the same name is not theirs. */
const LOCAL: ReadonlySet<string> = new Set([
  'ollama',
  'lmstudio',
  'lm_studio',
  'llamacpp',
  'llama.cpp',
  'vllm',
  'localai',
])

const NOTHING_BILLED: Price = { nano: 0, tools: 0, pricing: 'exact', source: 'none' }

/** Says what calls cost: as a gateway reports it, by prices of your own, by our rows, by the catalogue. Never throws. */
export class Prices {
  readonly #overrides: Overrides
  readonly #parts: PricesParts
  #feed: Feed | undefined
  #catalogue: Catalogue | undefined
  #loaded: Promise<void> | undefined
  #newest: Newest | undefined
  #overlay: Table | undefined

  constructor(parts: PricesParts = {}) {
    this.#overrides = checkPrices(parts.overrides)
    this.#parts = parts
  }

  /** Reads the price list; nothing of it is read before, and it is read once. Rejects when it cannot be; another call tries again. */
  load(): Promise<void> {
    return (this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined
      throw error
    }))
  }

  /** What a call costs; without a list only what is reported or overridden is known. */
  price(call: Call): Price {
    try {
      this.#feed?.look((newest) => this.#use(newest))
      return this.#price(call)
    } catch {
      // A call in a shape that nobody foresaw has no price; it must not take the others with it.
      return UNPRICED
    }
  }

  /** Whose price a call gets; undefined where nobody has one. */
  quote(call: Pick<Call, 'provider' | 'model' | 'requestedModel' | 'time'>): Quote | undefined {
    const models = namesOf(call)
    const provider = providerOf(String(call.provider))
    const rates = overridden(this.#overrides, provider, models)
    if (rates !== undefined) return { source: 'override', owner: provider, row: models[0] ?? '', rates }
    const found = this.#find(provider, models)
    return (
      found && { source: found.source, owner: found.owner, row: found.row.id, rates: ratesAt(found.row, call.time) }
    )
  }

  /** How old the prices are; known before any is read. */
  age(now: number): PriceAge {
    return ageOf(this.#newest?.asOf ?? AS_OF, now, this.#overrides.size, this.#newest !== undefined)
  }

  async #load(): Promise<void> {
    const [{ overlay }, { SNAPSHOT }, { unpack }] = await Promise.all([
      import('./overlay.ts'),
      import('./snapshot.ts'),
      import('./unpack.ts'),
    ])
    this.#overlay = overlay()
    const snapshot = unpack(SNAPSHOT)
    this.#catalogue = new Catalogue(this.#overlay, snapshot)
    if (this.#overrides.refresh) await this.#refresh(snapshot)
  }

  async #refresh(snapshot: Table): Promise<void> {
    const { Feed, cacheFolder } = await import('./feed.ts')
    const models = [...snapshot.rows.values()].reduce((sum, rows) => sum + rows.length, 0)
    const { failed = () => undefined, feed } = this.#parts
    this.#feed = new Feed({ url: FEED, folder: cacheFolder(), clock: systemClock, least: models / 2, failed, ...feed })
    const newest = await this.#feed.load()
    if (newest !== undefined) this.#use(newest)
  }

  #use(newest: Newest): void {
    if (this.#overlay === undefined || newest.asOf <= (this.#newest?.asOf ?? AS_OF)) return
    this.#newest = newest
    this.#catalogue = new Catalogue(this.#overlay, newest.table)
  }

  #price(call: Call): Price {
    const told = reported(call)
    if (told !== undefined) return told
    if (call.usage === null) return this.#unused(call)
    const models = namesOf(call)
    const provider = providerOf(call.provider)
    const own = overridden(this.#overrides, provider, models)
    const [model = ''] = models
    if (own !== undefined)
      return charge(call, { rates: own, row: model, seller: vendorOf(model) ?? provider, source: 'override' })
    const found = this.#find(provider, models)
    return found === undefined ? UNPRICED : charge(call, tariff(call, found))
  }

  /** A call that failed is not billed, and neither is one of a free model. Otherwise nobody can tell what was used. */
  #unused(call: Call): Price {
    if (isUnused(call)) return NOTHING_BILLED
    const quote = this.quote(call)
    return quote !== undefined && Object.keys(quote.rates).length === 0
      ? { ...NOTHING_BILLED, source: quote.source }
      : UNPRICED
  }

  /** The list of who is called, under the name in the answer and the one asked for; then of who alone makes such a model. */
  #find(provider: string, models: readonly string[]): (Found & Seller) | undefined {
    const catalogue = this.#catalogue
    if (catalogue === undefined) return undefined
    const [named = ''] = models
    for (const listed of LOCAL.has(provider) ? [true] : [true, false]) {
      for (const model of models) {
        const found = listed ? catalogue.listed(provider, model) : catalogue.made(model)
        // What was asked for tells the price of a newer model of a known maker roughly at best.
        const guess = model !== named && vendorOf(named) !== undefined
        if (found !== undefined) return { ...found, seller: listed ? provider : found.owner, guess }
      }
    }
    return undefined
  }
}

/** Who serves the model, and whether its row is another's. */
interface Seller {
  readonly seller: string
  readonly guess: boolean
}

function tariff(call: Call, { row, source, seller, regional, guess }: Found & Seller): Tariff {
  return {
    rates: ratesAt(row, call.time),
    row: row.id,
    seller,
    source,
    regional,
    guess: guess || row.estimate === true,
  }
}

/** What a gateway says that it bills. */
function reported({ reported: usd, incomplete }: Call): Price | undefined {
  if (typeof usd !== 'number' || !(usd >= 0 && usd <= 1e6)) return undefined
  return { nano: Math.round(usd * 1e9), tools: 0, pricing: incomplete ? 'incomplete' : 'exact', source: 'reported' }
}

/** The names of the model: the response's, then the request's. */
function namesOf(call: Pick<Call, 'model' | 'requestedModel'>): readonly string[] {
  return [...new Set([call.model, call.requestedModel].map((name) => modelOf(String(name ?? ''))))].filter(
    (name) => name !== ''
  )
}
