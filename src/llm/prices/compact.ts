import type { Match, Rate } from './rates.ts'

/** Short for a row: id, match (0: the id alone), then terms: rates with `from` and `at` among them. */
export type PackedRow = readonly [string, Match | 0, ...Readonly<Record<string, Rate | string>>[]]

/** A table as it is kept in a file. */
export interface Packed {
  readonly rows: Readonly<Record<string, readonly PackedRow[]>>
  readonly resold: Readonly<Record<string, readonly string[]>>
}

/** The catalogue's names of what we price; what is not here (video, citations) no response tells us. */
const KINDS: Readonly<Record<string, string>> = {
  input_mtok: 'input',
  output_mtok: 'output',
  cache_read_mtok: 'cached',
  cache_write_mtok: 'write5m',
  cache_write_1h_mtok: 'write1h',
  input_audio_mtok: 'inputAudio',
  output_audio_mtok: 'outputAudio',
  cache_audio_read_mtok: 'cachedAudio',
  input_image_mtok: 'inputImage',
  output_image_mtok: 'outputImage',
  cache_image_read_mtok: 'cachedImage',
  output_reasoning_mtok: 'reasoning',
  audio_hours: 'seconds',
  requests_kcount: 'requests',
  input_document_kpages: 'pages',
  input_text_messages_kcount: 'messages',
  web_searches_kcount: 'web_search',
  storage_searches_kcount: 'file_search',
}

/** Providers whose models and prices are worth their bytes. */
const SOLD: readonly string[] = [
  'openai', 'anthropic', 'google', 'azure', 'aws', 'groq', 'mistral', 'x-ai', 'deepseek', 'cohere', 'perplexity',
  'cerebras', 'fireworks', 'together', 'moonshotai', 'minimax', 'zai', 'voyageai', 'zhipuai', 'novita', 'github-copilot', 'openrouter',
] // prettier-ignore

type Json = Readonly<Record<string, unknown>>

/** Packs providers as the catalogue lists them; throws on what has another shape. */
export function pack(providers: unknown): Packed {
  if (!Array.isArray(providers)) throw new Error('the catalogue is no list of providers')
  const known = providers.map(object).filter(({ id }) => SOLD.includes(text(id)))
  return {
    rows: Object.fromEntries(known.map((one) => [text(one['id']), list(one['models']).map(packRow)])),
    resold: Object.fromEntries(
      known.flatMap((one) =>
        one['fallback_model_providers'] ? [[text(one['id']), list(one['fallback_model_providers']).map(text)]] : []
      )
    ),
  }
}

function packRow(value: unknown): PackedRow {
  const model = object(value)
  const id = text(model['id'])
  const match = packMatch(object(model['match']))
  const terms = Array.isArray(model['prices']) ? model['prices'].map(packTerm) : [packRates(object(model['prices']))]
  return [id, match === `=${id}` ? 0 : match, ...terms]
}

function packTerm(value: unknown): Readonly<Record<string, Rate | string>> {
  const { constraint, prices } = object(value)
  const rates = packRates(object(prices))
  if (constraint === undefined) return rates
  const { start_date: from, start_time: start, end_time: end } = object(constraint)
  if (from !== undefined) return { from: day(from), ...rates }
  return { at: `${utc(start)}-${utc(end)}`, ...rates }
}

function packRates(prices: Json): Record<string, Rate> {
  const known = Object.entries(prices).flatMap(([key, value]) => {
    const kind = KINDS[key]
    return kind === undefined || value === undefined ? [] : [[kind, packRate(value)] as const]
  })
  // A model of which nothing that we can count is priced is not free.
  if (known.length === 0 && Object.keys(prices).length > 0) return { unknown: 0 }
  return Object.fromEntries(known)
}

function packRate(value: unknown): Rate {
  if (typeof value === 'number') return price(value)
  const { base, tiers } = object(value)
  const steps = list(tiers)
    .map(object)
    .toSorted((a, b) => price(a['start']) - price(b['start']))
  return [price(base), ...steps.flatMap((step) => [price(step['start']), price(step['price'])])]
}

const SIGNS: Readonly<Record<string, string>> = {
  equals: '=',
  starts_with: '^',
  ends_with: '$',
  contains: '*',
  regex: '~',
}

function packMatch(match: Json): Match {
  const [kind = '', value] = Object.entries(match)[0] ?? []
  if (kind === 'or') return list(value).map((one) => packMatch(object(one)))
  if (kind === 'and') return { all: list(value).map((one) => packMatch(object(one))) }
  const sign = SIGNS[kind]
  if (sign === undefined) throw new Error(`no way to match is called '${kind}'`)
  if (kind === 'regex') new RegExp(text(value))
  return sign + (kind === 'regex' ? text(value) : text(value).toLowerCase())
}

function object(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('an object is missing')
  return value as Json
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('a list is missing')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value.length > 500) throw new Error('a text is missing')
  return value
}

function price(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new Error('a price is missing')
  return value
}

function day(value: unknown): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text(value))) throw new Error('a day is missing')
  return text(value)
}

function utc(value: unknown): string {
  const [, time] = /^(\d\d:\d\d):\d\dZ$/.exec(text(value)) ?? []
  if (time === undefined) throw new Error('a time of the day is missing, or is not in UTC')
  return time
}
