import { type Call, NO_USAGE, type Outcome, type Usage } from '../call.ts'
import type { Ending } from '../seen.ts'
import type { Begun } from './begun.ts'
import { type Facts, usageOf } from './facts.ts'
import { hostRegion, modelProvider } from './provider.ts'

/** What was seen of a response besides its documents. */
export interface Seen {
  /** 0: there was none. */
  status: number
  type: string
  /** Milliseconds to the first byte of the body; below 0: none came. */
  first: number
  /** It came in pieces. */
  stream: boolean
  /** It has a document that a model gives. */
  read: boolean
  /** It has an error as providers write it. */
  refused: boolean
  /** USD in a header. */
  cost: number | null
  /** Tokens in headers. */
  usage: Usage | null
}

/** Nothing yet. */
export function unseen(): Seen {
  return { status: 0, type: '', first: -1, stream: false, read: false, refused: false, cost: null, usage: null }
}

/** Whether it was a call of a model: by the host, by the shape of the answer, or by how it was asked where none came. */
export function isCall({ known, spoken, route, request }: Begun, seen: Seen, facts: Facts): boolean {
  if (seen.status >= 300 && seen.status < 400) return false
  if (known !== '' || seen.read) return true
  if (spoken === '' && !(route.specific && request.speaks)) return isSpeech(seen, request.model)
  // Somebody else's interface may have such a path too: what it answers decides.
  if (seen.status >= 400) return seen.refused
  return seen.status === 0 || seen.refused || facts.pieces > 0 || isUnread(seen) || isSpeech(seen, request.model)
}

/** A stream of events of which the app took nothing: what it would have said is not known, that it began is. */
function isUnread({ status, type, first }: Seen): boolean {
  return status >= 200 && status < 300 && first < 0 && type.startsWith('text/event-stream')
}

/** Sound is no document, so a model must have been asked for. */
function isSpeech({ status, type }: Seen, model: string): boolean {
  return status >= 200 && status < 300 && type.startsWith('audio/') && model !== ''
}

/** The call, and one for each model that another one asked for advice. */
export function callsOf(begun: Begun, seen: Seen, facts: Facts, how: Ending, duration: number): readonly Call[] {
  const { route, request } = begun
  const outcome = outcomeOf(seen, facts, how)
  const call: Call = {
    provider: providerOf(begun, facts),
    requestedModel: begun.model,
    model: facts.model,
    operation: route.operation,
    stream: seen.status === 0 ? request.stream || route.streams : seen.stream,
    outcome,
    status: seen.status,
    time: begun.time,
    duration,
    first: seen.first,
    ...used(begun, seen, facts, outcome),
    tier: tierOf(facts.tier, request.speed === 'fast' ? 'fast' : request.tier),
    region: facts.region || hostRegion(route.host),
    reported: outcome === 'error' && facts.usage === null ? null : (facts.reported ?? seen.cost),
    host: route.host,
  }
  const others = facts.others.map(({ model, usage }) => ({
    ...call,
    requestedModel: model,
    model,
    usage,
    reported: null,
  }))
  return [call, ...others]
}

function outcomeOf({ status }: Seen, facts: Facts, how: Ending): Outcome {
  if (status >= 400 || facts.failed) return 'error'
  if (facts.finished) return 'ok'
  // A stream that has an end of its own and does not come to it was cut off, politely or not.
  if (how === 'whole') return facts.hasEnd && !facts.ended ? 'error' : 'ok'
  if (facts.ended) return 'ok'
  return how === 'failed' ? 'error' : 'aborted'
}

type Used = Pick<Call, 'usage' | 'estimated' | 'incomplete'>

function used(begun: Begun, seen: Seen, facts: Facts, outcome: Outcome): Used {
  const given = facts.usage ?? seen.usage
  const whole = outcome === 'ok' || facts.finished
  // The provider or the network refused it: nothing was used, and nothing is unknown.
  if (seen.status >= 400 || (seen.status === 0 && outcome === 'error')) return sure(null)
  // Nobody knows what the provider did with it before it was left.
  if (seen.status === 0) return { usage: NO_USAGE, estimated: false, incomplete: true }
  if (given !== null) return { usage: atLeast(given, facts, whole), estimated: false, incomplete: !whole }
  if (facts.failed && facts.pieces === 0) return sure(NO_USAGE)
  return guessed(begun, seen, facts, whole)
}

function sure(usage: Usage | null): Used {
  return { usage, estimated: false, incomplete: false }
}

/** Of a stream that was left, each piece of text was a token at least. */
function atLeast(usage: Usage, facts: Facts, whole: boolean): Usage {
  return whole || usage.output >= facts.pieces ? usage : { ...usage, output: facts.pieces }
}

/** The provider sends no usage: tokens are guessed from lengths. */
function guessed({ route, request }: Begun, seen: Seen, facts: Facts, whole: boolean): Used {
  const incomplete = !whole
  if (route.operation === 'audio') return spoken(request.model, request.characters, seen, incomplete)
  const textual = route.operation === 'chat' || route.operation === 'embeddings'
  if (!textual || (!seen.read && whole)) return { usage: null, estimated: false, incomplete }
  return { usage: usageOf({ input: request.tokens, output: outputOf(facts) }), estimated: true, incomplete }
}

/** The older voices are billed by the character; the newer by tokens of sound, of which nothing is said. */
function spoken(model: string, characters: number, { type }: Seen, incomplete: boolean): Used {
  if (characters === 0 || !type.startsWith('audio/')) return { usage: null, estimated: false, incomplete }
  const units = new Map([['characters', characters]])
  if (/^tts-1|^gemini|^playai|^orpheus/.test(model))
    return { usage: usageOf({ units }), estimated: false, incomplete: false }
  return { usage: usageOf({ input: Math.ceil(characters / 4), units }), estimated: true, incomplete: true }
}

/** Most providers send a piece for each token; where pieces are larger, four bytes make one. */
function outputOf({ pieces, size }: Facts): number {
  return size > 16 * pieces ? Math.ceil(size / 4) : pieces
}

function providerOf({ known, spoken, model }: Begun, facts: Facts): string {
  const named = modelProvider(facts.model) || modelProvider(model)
  if (known !== '') return known
  // Anthropic's form is what gateways speak for any model; the model tells whose it is.
  if (spoken !== '' && spoken !== 'anthropic') return spoken
  const shown = facts.provider !== '' && facts.provider !== 'anthropic' ? facts.provider : ''
  return shown || named || spoken || facts.provider || 'unknown'
}

/** The response's word before the request's. */
function tierOf(answered: string, asked: string): string {
  const word = (answered || asked).toLowerCase()
  return /^(|auto|standard|standard_only|on_demand|default|unspecified)$/.test(word) ? 'default' : word
}
