import type { Asked, Ending } from '../seen.ts'
import { RawResponse, Sent } from './raw.ts'
import { type Listener, listen } from './listen.ts'
import { tap } from './tap.ts'
import type { Veil } from './veil.ts'
import type { Watchers } from './watchers.ts'

/** What undici, of any version from 5 on, tells on its channels of a request. */
interface UndiciRequest {
  readonly origin?: string | URL
  readonly path: string
  readonly method: string
  readonly headers?: unknown
  readonly body?: unknown
}

interface Message {
  readonly request: UndiciRequest
  readonly response?: { readonly statusCode: number; readonly headers: unknown }
  readonly error?: unknown
}

// undici 8 calls it by another name.
const DATA = ['onData', 'onResponseData']

/**
 * Sees what built-in `fetch` and undici do below any `fetch` that was put on top: clients that took theirs before us,
 * undici from npm with dispatchers of its own. Channels tell of heads and endings on every Node; bodies are tapped on
 * the request itself, since only Node 24 has a channel for them.
 */
export function watchUndici(watchers: Watchers, veil: Veil): () => void {
  const flows = new WeakMap<object, RawResponse>()
  const of = (message: unknown): RawResponse | undefined => flows.get((message as Message).request)
  const channels: Record<string, Listener> = {
    create(message) {
      const { request } = message as Message
      const url = urlOf(request)
      if (watchers.wants(url) && !veil.hidden) begin(watchers, flows, url, request)
    },
    headers(message) {
      const { response } = message as Message
      // 100 to 199 only announce the response.
      if (response !== undefined && response.statusCode >= 200) {
        of(message)?.head(response.statusCode, (name) => headerOf(response.headers, name))
      }
    },
    trailers: (message) => of(message)?.end('whole'),
    error(message) {
      const flow = of(message)
      flow?.end(endingOf((message as Message).error, flow.begun))
    },
  }
  return listen('undici:request:', channels)
}

function begin(watchers: Watchers, flows: WeakMap<object, RawResponse>, url: string, request: UndiciRequest): void {
  const sent = new Sent()
  sent.add(request.body)
  const exchange = watchers.begin(new UndiciAsked(url, request, sent))
  if (exchange === undefined) return
  const flow = new RawResponse(exchange)
  if (!DATA.some((name) => tap(request, name, ([chunk]) => flow.bytes(chunk)))) {
    return exchange.lose('this version of undici shows no bodies')
  }
  if (sent.body === undefined) tap(request, 'onBodySent', ([chunk]) => sent.add(chunk))
  flows.set(request, flow)
}

class UndiciAsked implements Asked {
  readonly url: string
  readonly method: string
  readonly #headers: unknown
  readonly #sent: Sent

  constructor(url: string, request: UndiciRequest, sent: Sent) {
    this.url = url
    this.method = String(request.method).toUpperCase()
    this.#headers = request.headers
    this.#sent = sent
  }

  get body(): Uint8Array | undefined {
    return this.#sent.body
  }

  header(name: string): string | undefined {
    return headerOf(this.#headers, name)
  }
}

// Through a proxy that is no tunnel, the path is the whole URL.
function urlOf({ origin, path }: UndiciRequest): string {
  return /^https?:/i.test(path) ? path : `${typeof origin === 'object' ? origin.origin : (origin ?? '')}${path}`
}

/** One header of undici's lists (names and values in turn, text or bytes), its old text, or a plain object. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers === 'string') return headerOf(headers.split(/: |\r\n/), name)
  if (!Array.isArray(headers)) return text((headers as Record<string, unknown> | undefined | null)?.[name])
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (text(headers[at])?.toLowerCase() === name) return text(headers[at + 1])
  }
  return undefined
}

function text(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(text).join(', ')
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
  return typeof value === 'string' ? value : undefined
}

// An abort and a reader who stops look alike here: before the head it can only be an abort.
function endingOf(error: unknown, begun: boolean): Ending {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  if (name !== 'AbortError' && code !== 'UND_ERR_ABORTED') return name === 'TimeoutError' ? 'aborted' : 'failed'
  return begun ? 'left' : 'aborted'
}
