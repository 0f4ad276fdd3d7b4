/** What a URL says of a call. */
export interface Route {
  /** `chat`, `embeddings`, `image`, `audio`, … as in `Call`. */
  readonly operation: string
  /** Nobody but an interface of a model is called so: a request that speaks like one is enough to know it. */
  readonly specific: boolean
  /** The model, where the path names it; else ''. */
  readonly model: string
  readonly host: string
  readonly path: string
  /** The path says that the answer streams. */
  readonly streams: boolean
  /** The results of a batch, which are fetched: one document is one call. */
  readonly batch: boolean
}

type Kind = Pick<Route, 'operation' | 'specific' | 'streams' | 'batch'>

const kind = (operation: string, rest: Partial<Kind> = {}): Kind => ({
  operation,
  specific: true,
  streams: false,
  batch: false,
  ...rest,
})

const vague = { specific: false }

/** By the last segment of the path. `messages` and its like are the name of many an app's own interface. */
const SEGMENTS: ReadonlyMap<string, Kind> = new Map([
  ['completions', kind('chat')],
  ['responses', kind('chat', vague)],
  ['compact', kind('chat', vague)],
  ['messages', kind('chat', vague)],
  ['complete', kind('chat', vague)],
  ['chat', kind('chat', vague)],
  ['generate', kind('chat', vague)],
  ['interactions', kind('chat', vague)],
  ['conversations', kind('chat', vague)],
  ['language-model', kind('chat', vague)],
  ['embeddings', kind('embeddings')],
  ['multimodalembeddings', kind('embeddings', vague)],
  ['embed', kind('embeddings', vague)],
  ['embedding-model', kind('embeddings', vague)],
  ['generations', kind('image', vague)],
  ['edits', kind('image', vague)],
  ['variations', kind('image', vague)],
  ['speech', kind('audio', vague)],
  ['transcriptions', kind('audio', vague)],
  ['translations', kind('audio', vague)],
  ['moderations', kind('moderation', vague)],
  ['rerank', kind('rerank', vague)],
  ['ocr', kind('ocr', vague)],
  ['videos', kind('video', vague)],
  ['invoke', kind('chat', vague)],
  ['invoke-with-response-stream', kind('chat', { streams: true })],
  ['converse', kind('chat', vague)],
  ['converse-stream', kind('chat', { streams: true })],
])

/** What must stand before a segment that is a common word. */
const PARENTS: ReadonlyMap<string, RegExp> = new Map([
  ['compact', /\/responses\/compact\/?$/],
  ['complete', /\/v1\/complete\/?$/],
  ['generations', /\/images\/generations\/?$/],
  ['edits', /\/images\/edits\/?$/],
  ['variations', /\/images\/variations\/?$/],
  ['speech', /\/audio\/speech\/?$/],
  ['transcriptions', /\/audio\/transcriptions\/?$/],
  ['translations', /\/audio\/translations\/?$/],
  ['videos', /\/v1\/videos\/?$/],
  ['invoke', /\/model\/.+\/invoke$/],
  ['converse', /\/model\/.+\/converse$/],
])

/** By what follows the last colon of the path, as Google has it. */
const VERBS: ReadonlyMap<string, Kind> = new Map([
  ['generateContent', kind('chat')],
  ['streamGenerateContent', kind('chat', { streams: true })],
  ['embedContent', kind('embeddings')],
  ['batchEmbedContents', kind('embeddings')],
  ['predict', kind('embeddings', vague)],
  ['rawPredict', kind('chat')],
  ['streamRawPredict', kind('chat', { streams: true })],
])

/** What is fetched when a batch is done. */
const RESULTS: ReadonlyMap<string, RegExp> = new Map([
  ['results', /\/messages\/batches\/[^/]+\/results\/?$/],
  ['content', /\/files\/[^/]+\/content\/?$/],
])

/** The last segment of a URL's path. It is asked of each request of the app: three searches, one short copy. */
export function tail(url: string): string {
  let end = url.indexOf('?')
  if (end < 0) end = url.indexOf('#')
  if (end < 0) end = url.length
  if (url.charCodeAt(end - 1) === 0x2f) end--
  const slash = url.lastIndexOf('/', end - 1)
  // No segment of interest is longer, but for a model and its verb.
  return end - slash > 300 ? '' : url.slice(slash + 1, end)
}

/** Whether a path with this last segment may be one that models are called by. */
export function isTail(segment: string): boolean {
  if (SEGMENTS.has(segment) || RESULTS.has(segment)) return true
  const colon = segment.lastIndexOf(':')
  return colon >= 0 && VERBS.has(segment.slice(colon + 1))
}

/** What the URL says of a call by `method`; undefined: it is none. */
export function routeOf(method: string, address: string): Route | undefined {
  const url = parsed(address)
  if (url === undefined) return undefined
  const path = url.pathname
  const segment = tail(path)
  const where = { host: url.host, path }
  if (method === 'GET') {
    if (RESULTS.get(segment)?.test(path) !== true) return undefined
    return { ...kind('chat', { specific: false, batch: true }), ...where, model: '' }
  }
  if (method !== 'POST') return undefined
  const colon = segment.lastIndexOf(':')
  const verb = colon < 0 ? undefined : VERBS.get(segment.slice(colon + 1))
  const found = verb ?? (PARENTS.get(segment)?.test(path) === false ? undefined : SEGMENTS.get(segment))
  return found && { ...found, ...where, model: modelOf(path) }
}

/** `/v1/responses/{id}` and `/v1/responses/{id}/cancel`: the id. */
export function responseId(address: string): string {
  return /\/responses\/([\w-]{8,128})(?:\/cancel)?\/?(?:[?#]|$)/.exec(address)?.[1] ?? ''
}

function modelOf(path: string): string {
  const found =
    // Gemini and Vertex, tuned models and endpoints included; Bedrock; deployments of Azure
    /\/(?:models|tunedModels|endpoints)\/([^/]+):[A-Za-z]+$/.exec(path) ??
    /\/model\/(.+)\/(?:invoke|converse)[a-z-]*$/.exec(path) ??
    /\/deployments\/([^/]+)\//.exec(path)
  return found === null ? '' : decoded(found[1]!).slice(0, 256)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function parsed(address: string): URL | undefined {
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}
