/** What a unit of each kind is counted in: tokens by the million, tools and requests by the thousand, sound by the hour. */
export const PER: Readonly<Record<string, bigint>> = {
  input: 1_000_000n,
  output: 1_000_000n,
  cached: 1_000_000n,
  write5m: 1_000_000n,
  write1h: 1_000_000n,
  inputAudio: 1_000_000n,
  outputAudio: 1_000_000n,
  cachedAudio: 1_000_000n,
  inputImage: 1_000_000n,
  outputImage: 1_000_000n,
  cachedImage: 1_000_000n,
  reasoning: 1_000_000n,
  characters: 1_000_000n,
  seconds: 3600n,
  requests: 1000n,
  pages: 1000n,
  messages: 1000n,
  web_search: 1000n,
  file_search: 1000n,
  images: 1n,
}

/** USD for one unit, or `[base, above, price, above, price, …]`: from `above` input tokens on, exclusive, the whole request has the next price. */
export type Rate = number | readonly number[]

/** The rates of a model by kind (the keys of PER). None at all: the model is free. */
export type Rates = Readonly<Record<string, Rate>>

/** Rates and when they hold; what is not said holds always. */
export interface Term {
  /** From this day or moment on (UTC). */
  readonly from?: string
  /** From one time of the day to another (UTC), `16:30-00:30`. */
  readonly at?: string
  /** On Saturdays and Sundays of the zone that is so many hours ahead of UTC. */
  readonly weekend?: number
  readonly rates: Rates
}

/** A test of a model's name: `=equals`, `^begins`, `$ends`, `*contains`, `~expression`; a list is any of them, `all` is all. */
export type Match = string | readonly Match[] | { readonly all: readonly Match[] }

/** A model that a provider sells: the last term that holds has its rates, and the first where none does. */
export interface Row {
  readonly id: string
  readonly match: Match
  readonly terms: readonly Term[]
  /** The price is right for what is usual only. */
  readonly estimate?: true
}

/** All that is known of prices, by provider. */
export interface Table {
  readonly rows: ReadonlyMap<string, readonly Row[]>
  /** Providers that sell models of others at their price, and of whom. */
  readonly resold: ReadonlyMap<string, readonly string[]>
}

const MINUTES = 1440

/** The rates that hold at a time, Unix ms. */
export function ratesAt(row: Row, time: number): Rates {
  const term = row.terms.findLast((one) => holds(one, time)) ?? row.terms[0]
  return term?.rates ?? {}
}

function holds(term: Term, time: number): boolean {
  if (term.from !== undefined && !(time >= Date.parse(term.from))) return false
  if (term.weekend !== undefined && !isWeekend(time + term.weekend * 3_600_000)) return false
  return term.at === undefined || within(term.at, time)
}

function isWeekend(time: number): boolean {
  const day = new Date(time).getUTCDay()
  return day === 0 || day === 6
}

function within(at: string, time: number): boolean {
  const minute = Math.floor(time / 60_000) % MINUTES
  const [from = 0, to = 0] = at.split('-').map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5)))
  return to < from ? minute >= from || minute < to : minute >= from && minute < to
}

/** The price of a kind for a request with so many input tokens, USD for one unit of PER; undefined: none is stated. */
export function usd(rates: Rates, kind: string, input: number): number | undefined {
  const rate = rates[kind]
  if (rate === undefined || typeof rate === 'number') return rate
  let price = rate[0]
  for (let i = 1; i + 1 < rate.length; i += 2) if (input > (rate[i] ?? Infinity)) price = rate[i + 1]
  return price
}
