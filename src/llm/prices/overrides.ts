import { told } from '../../core/told.ts'
import { MetricsError } from '../../errors.ts'
import { PER, type Rates } from './rates.ts'

/** What a model costs you, USD: tokens and characters by the million, tools, requests and pages by the thousand, images each, sound by the hour. */
export interface ModelPrice {
  readonly input?: number
  readonly output?: number
  /** Input that was read from the cache; like input where it is not given. So are the next ones. */
  readonly cached?: number
  readonly write5m?: number
  readonly write1h?: number
  readonly inputAudio?: number
  readonly cachedAudio?: number
  readonly inputImage?: number
  /** Like output where they are not given. */
  readonly outputAudio?: number
  readonly outputImage?: number
  readonly reasoning?: number
  readonly characters?: number
  readonly seconds?: number
  readonly pages?: number
  readonly requests?: number
  readonly images?: number
  readonly web_search?: number
  readonly file_search?: number
}

/** Prices of your own by model, or by `provider/model`; `*` stands for any characters. `refresh` reads the catalogue's feed once a day. */
export type PriceOverrides = Readonly<Record<string, ModelPrice | boolean>>

/** Overrides as they are looked up. */
export interface Overrides {
  readonly exact: ReadonlyMap<string, Rates>
  readonly patterns: readonly (readonly [RegExp, Rates])[]
  readonly size: number
  readonly refresh: boolean
}

const KINDS: readonly string[] = Object.keys(PER)
const MOST = 1_000_000

/** Checks the option `llm.prices`; throws `bad_option` naming model, price and fix. */
export function checkPrices(value: unknown): Overrides {
  const exact = new Map<string, Rates>()
  const patterns: (readonly [RegExp, Rates])[] = []
  if (value === undefined) return { exact, patterns, size: 0, refresh: false }
  const example = "Give an object such as { 'my-model': { input: 1, output: 2 } }, USD for a million tokens."
  if (!isObject(value)) return bad('llm.prices', shown(value), example)
  let refresh = false
  for (const [key, given] of Object.entries(value)) {
    if (key === 'refresh' && typeof given === 'boolean') refresh = given
    else if (given !== undefined) enter(key.trim().toLowerCase(), rated(key, given), exact, patterns)
  }
  return { exact, patterns, size: exact.size + patterns.length, refresh }
}

function enter(key: string, rates: Rates, exact: Map<string, Rates>, patterns: (readonly [RegExp, Rates])[]): void {
  if (!key.includes('*')) {
    exact.set(key, rates)
    return
  }
  const parts = key.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\/-]/g, String.raw`\$&`))
  patterns.push([new RegExp(`^${parts.join('.*')}$`, 's'), rates])
}

function rated(model: string, given: unknown): Rates {
  const option = `llm.prices['${model.slice(0, 80)}']`
  const known = `Known are: ${KINDS.join(', ')}.`
  if (model.trim() === '' || model.length > 256) bad(option, 'has no name of a model', 'Give 1 to 256 characters.')
  if (!isObject(given)) return bad(option, shown(given), 'Give { input: 1, output: 2 }, USD for a million tokens.')
  const entries = Object.entries(given).filter(([, price]) => price !== undefined)
  if (entries.length === 0) bad(option, 'has no price', known)
  for (const [kind, price] of entries) {
    if (!KINDS.includes(kind)) bad(option, `has the key '${kind.slice(0, 80)}'`, known)
    if (typeof price !== 'number' || !(price >= 0 && price <= MOST))
      bad(`${option}.${kind}`, shown(price), `Give a number from 0 to ${MOST}.`)
  }
  return Object.fromEntries(entries) as Rates
}

/** The override of a call: an exact name before a pattern, `provider/model` before a model, the response's model before the request's. */
export function overridden(overrides: Overrides, provider: string, models: readonly string[]): Rates | undefined {
  if (overrides.size === 0) return undefined
  const names = models.flatMap((model) => [`${provider}/${model}`, model])
  for (const name of names) {
    const rates = overrides.exact.get(name)
    if (rates !== undefined) return rates
  }
  return overrides.patterns.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return `is ${told(value)}`
}

function bad(option: string, problem: string, hint: string): never {
  throw new MetricsError('bad_option', `Option \`${option}\` ${problem}. ${hint}`, { parameter: 'llm.prices', hint })
}
