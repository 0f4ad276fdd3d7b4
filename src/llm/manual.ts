import { type Call, isUnused, NO_USAGE, type Outcome, type Usage } from './call.ts'

/** Tokens of a call that is recorded by hand. */
export interface ManualTokens {
  /** All input tokens, whatever their kind. */
  readonly input?: number
  /** Of the input: read from the cache, and written to it. */
  readonly cached?: number
  readonly cacheWrite?: number
  /** All output tokens, reasoning included. */
  readonly output?: number
  /** Of the output. */
  readonly reasoning?: number
}

/** A call of a model that nobody could see: over a WebSocket, in a batch, by a client of its own. */
export interface ManualCall extends ManualTokens {
  readonly provider: string
  readonly model: string
  readonly tokens?: ManualTokens
  /** What it cost, where that is known; else the tokens are priced. */
  readonly usd?: number
  readonly endpoint?: string
  readonly feature?: string
  readonly user?: string
  /** `batch`, `flex`, `priority`: what changes the price. */
  readonly tier?: string
  readonly operation?: string
  /** Default `ok`. An `error` may have neither tokens nor usd: with no status, or one from 400 on, it costs 0. */
  readonly outcome?: Outcome
  /** HTTP status, if there was one. */
  readonly status?: number
  /** Milliseconds that it took. */
  readonly duration?: number
  /** When it was made, if not just now: prices are those of that day. */
  readonly time?: number | Date
}

type Loose = Readonly<Record<string, unknown>>

/** What is called otherwise in the answers of SDKs. */
const TOKENS: Readonly<Record<keyof ManualTokens, readonly string[]>> = {
  input: ['input', 'inputTokens', 'input_tokens', 'promptTokens', 'prompt_tokens'],
  cached: ['cached', 'cachedTokens', 'cached_tokens', 'cachedInputTokens'],
  cacheWrite: ['cacheWrite', 'cacheWriteTokens', 'cache_write', 'cache_write_tokens'],
  output: ['output', 'outputTokens', 'output_tokens', 'completionTokens', 'completion_tokens'],
  reasoning: ['reasoning', 'reasoningTokens', 'reasoning_tokens'],
}
/** More is no count of tokens, and no price. */
const MOST_TOKENS = 1e12
const MOST_USD = 1e6
const LONGEST = 256

/** What was given as a call; a text says what is wrong with it. */
export function readManual(given: unknown, now: number): Call | string {
  if (typeof given !== 'object' || given === null)
    return `${shown(given)} is no call such as { provider, model, tokens }`
  const call = given as Loose
  const wrong = [text(call, 'provider'), text(call, 'model')].find((one) => one !== undefined)
  if (wrong !== undefined) return wrong
  const usage = usageOf(call)
  if (typeof usage === 'string') return usage
  const usd = call['usd'] ?? null
  if (usd !== null && !isCount(usd, MOST_USD)) return `usd is ${shown(usd)}, and no amount from 0`
  const details = detailsOf(call)
  const known = usage !== null || usd !== null || isUnused({ ...details, time: now, usage, reported: usd })
  if (!known) return 'it has neither tokens nor usd'
  const time = timeOf(call['time'], now)
  if (time === undefined) return `time is ${shown(call['time'])}, and neither a Date nor Unix milliseconds`
  return { ...details, time, usage, reported: usd }
}

function detailsOf(call: Loose): Omit<Call, 'time' | 'usage' | 'reported'> {
  const outcome = call['outcome'] === 'error' || call['outcome'] === 'aborted' ? call['outcome'] : 'ok'
  return {
    provider: (call['provider'] as string).toLowerCase(),
    requestedModel: '',
    model: call['model'] as string,
    operation: word(call, 'operation') ?? 'chat',
    stream: false,
    outcome,
    status: isCount(call['status'], 999) ? call['status'] : 0,
    duration: isCount(call['duration'], Number.MAX_SAFE_INTEGER) ? call['duration'] : -1,
    first: -1,
    estimated: call['estimated'] === true,
    incomplete: call['incomplete'] === true,
    tier: word(call, 'tier') ?? 'default',
    region: word(call, 'region') ?? '',
    host: '',
  }
}

/** Null where no tokens are given. */
function usageOf(call: Loose): Usage | string | null {
  const found = new Map<keyof ManualTokens, number>()
  for (const source of [call, call['tokens'], call['usage']]) {
    if (typeof source !== 'object' || source === null) continue
    for (const [kind, names] of Object.entries(TOKENS) as [keyof ManualTokens, readonly string[]][]) {
      const name = names.find((one) => (source as Loose)[one] !== undefined && (source as Loose)[one] !== null)
      if (name === undefined) continue
      const value = (source as Loose)[name]
      if (!isCount(value, MOST_TOKENS) || !Number.isInteger(value))
        return `${name} is ${shown(value)}, and no whole number`
      found.set(kind, value)
    }
  }
  if (found.size === 0) return null
  const [input, cached, write5m] = [found.get('input') ?? 0, found.get('cached') ?? 0, found.get('cacheWrite') ?? 0]
  const [output, reasoning] = [found.get('output') ?? 0, found.get('reasoning') ?? 0]
  if (cached + write5m > input) return `cached and cacheWrite are part of the input, and more than all of it (${input})`
  if (reasoning > output) return `reasoning is part of the output, and more than all of it (${output})`
  return { ...NO_USAGE, input, cached, write5m, output, reasoning }
}

function timeOf(value: unknown, now: number): number | undefined {
  if (value === undefined || value === null) return now
  const time = value instanceof Date ? value.getTime() : value
  return typeof time === 'number' && Math.abs(time) <= 8.64e15 ? time : undefined
}

function text(call: Loose, key: string): string | undefined {
  const value = call[key]
  if (typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST) return undefined
  return `${key} is ${shown(value)}, and no name`
}

function word(call: Loose, key: string): string | undefined {
  const value = call[key]
  return typeof value === 'string' && value !== '' && value.length <= LONGEST ? value : undefined
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= most
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the text '${value.slice(0, 40)}'`
  return typeof value === 'object' && value !== null
    ? 'an object'
    : typeof value === 'function'
      ? 'a function'
      : String(value)
}
