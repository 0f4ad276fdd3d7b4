/** How the price of a call was found: as billed; from guessed tokens; a lower bound; not at all. */
export type Pricing = 'exact' | 'estimated' | 'incomplete' | 'unpriced'

/** How a call ended: `aborted` is the app's doing, `error` the provider's or the network's. */
export type Outcome = 'ok' | 'error' | 'aborted'

/** What a call used, in the one meaning that all prices share. All counts are whole, none is below 0. */
export interface Usage {
  /** All input tokens, whatever their kind: text, audio, image, cache reads and cache writes included. */
  readonly input: number
  /** Of the input: read from the cache. */
  readonly cached: number
  /** Of the input: written to the cache for five minutes (or for as long as the provider has one kind only), and for an hour. */
  readonly write5m: number
  readonly write1h: number
  /** Of the input: audio and image tokens; `cachedAudio` of these were read from the cache. */
  readonly inputAudio: number
  readonly cachedAudio: number
  readonly inputImage: number
  /** All output tokens, reasoning included. */
  readonly output: number
  /** Of the output. */
  readonly reasoning: number
  readonly outputAudio: number
  readonly outputImage: number
  /** Tools of the provider that are billed by the piece, by name: `web_search`, `code_execution`, … */
  readonly tools: ReadonlyMap<string, number>
  /** What is not billed by token, by unit: `seconds`, `characters`, `images`, `pages`. */
  readonly units: ReadonlyMap<string, number>
}

/** One call of a model, as it was seen; no text of it is ever kept. */
export interface Call {
  /** `openai`, `anthropic`, `google`, `azure`, `bedrock`, `groq`, `mistral`, …; `unknown` where nothing tells. */
  readonly provider: string
  /** As the request names it, and as the response does; '' where it does not. */
  readonly requestedModel: string
  readonly model: string
  /** `chat`, `embeddings`, `image`, `audio`, `moderation`, `rerank`, … */
  readonly operation: string
  readonly stream: boolean
  readonly outcome: Outcome
  /** HTTP status; 0 where there was none. */
  readonly status: number
  /** Unix ms of the request. */
  readonly time: number
  /** Milliseconds to the end of the response, and to its first byte (below 0: none came). */
  readonly duration: number
  readonly first: number
  /** Null where the response had none; with outcome `error` and status 0 or from 400 on nothing was used, and it costs 0. */
  readonly usage: Usage | null
  /** The tokens are a guess from lengths, because the provider sent none. */
  readonly estimated: boolean
  /** More was used than is known: the stream ended early. */
  readonly incomplete: boolean
  /** `default`, `flex`, `priority`, `fast`, `batch`, `ultrafast`: the response's word before the request's. */
  readonly tier: string
  /** `us` and the like where a region costs more; '' elsewhere. */
  readonly region: string
  /** USD that a gateway itself reports for the call; null where it does not. */
  readonly reported: number | null
  /** Host that was called. */
  readonly host: string
}

/** A call in which nothing was used. */
export const NO_USAGE: Usage = {
  input: 0,
  cached: 0,
  write5m: 0,
  write1h: 0,
  inputAudio: 0,
  cachedAudio: 0,
  inputImage: 0,
  output: 0,
  reasoning: 0,
  outputAudio: 0,
  outputImage: 0,
  tools: new Map(),
  units: new Map(),
}

/** Whether a call was refused, or broke before there was an answer: nothing was used, which is known, and it costs 0. */
export function isUnused({ outcome, status, usage, reported, incomplete }: Call): boolean {
  const isRefused = outcome === 'error' && (status === 0 || status >= 400)
  return isRefused && usage === null && reported === null && !incomplete
}

/** What a call costs. */
export interface Price {
  /** Integer nano-dollars (1e-9 USD), tools included; null: nobody knows, which is not 0. */
  readonly nano: number | null
  /** Of it: tools billed by the piece. */
  readonly tools: number
  readonly pricing: Pricing
  /** Where the price comes from. */
  readonly source: 'reported' | 'override' | 'overlay' | 'snapshot' | 'none'
}

/** Nobody knows what a call costs. */
export const UNPRICED: Price = { nano: null, tools: 0, pricing: 'unpriced', source: 'none' }
