import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Asked } from '../seen.ts'
import { type Listener, listen } from './listen.ts'
import { RawResponse, Sent } from './raw.ts'
import { tap } from './tap.ts'
import type { Veil } from './veil.ts'
import type { Watchers } from './watchers.ts'

interface Flow {
  readonly raw: RawResponse
  /** The app has ended it. An abort and a reader who stops look alike once the response has begun. */
  ended: boolean
}

interface Message {
  readonly request: ClientRequest
  readonly response: IncomingMessage
}

/** Sees clients of node:http and node:https: older SDKs, axios, node-fetch. */
export function watchHttp(watchers: Watchers, veil: Veil): () => void {
  const flows = new WeakMap<object, Flow | null>()
  const asked: Listener = (message) => {
    const { request } = message as Message
    if (flows.has(request)) return
    const url = urlOf(request)
    if (!watchers.wants(url)) return
    flows.set(request, veil.hidden ? null : begin(watchers, url, request))
  }
  return listen('http.client.', {
    // The first comes before the body is written; Node 20 has only the second, which comes after.
    'request.created': asked,
    'request.start': asked,
    'response.finish': (message) => {
      const { request, response } = message as Message
      const flow = flows.get(request)
      if (flow !== undefined && flow !== null) answered(flow, response)
    },
  })
}

function begin(watchers: Watchers, url: string, request: ClientRequest): Flow | null {
  const sent = new Sent()
  const exchange = watchers.begin(new HttpAsked(url, request, sent))
  if (exchange === undefined) return null
  const flow: Flow = { raw: new RawResponse(exchange), ended: false }
  tap(request, 'write', ([chunk, encoding]) => sent.add(chunk, encoding))
  tap(request, 'end', ([chunk, encoding]) => sent.add(chunk, encoding))
  // Only the app calls it; a connection that breaks goes another way.
  tap(request, 'destroy', () => (flow.ended = true))
  request.once('close', () => {
    if (!flow.raw.begun) flow.raw.end(flow.ended ? 'aborted' : 'failed')
  })
  return flow
}

function answered(flow: Flow, response: IncomingMessage): void {
  const { raw } = flow
  raw.head(response.statusCode ?? 0, (name) => headerOf(response.headers[name]))
  tap(response, 'push', ([chunk]) => (chunk === null ? raw.end('whole') : raw.bytes(chunk)))
  tap(response, 'destroy', () => (flow.ended ||= !response.socket.destroyed))
  response.once('close', () => raw.end(flow.ended ? 'left' : 'failed'))
}

class HttpAsked implements Asked {
  readonly url: string
  readonly method: string
  readonly #request: ClientRequest
  readonly #sent: Sent

  constructor(url: string, request: ClientRequest, sent: Sent) {
    this.url = url
    this.method = request.method
    this.#request = request
    this.#sent = sent
  }

  get body(): Uint8Array | undefined {
    return this.#sent.body
  }

  header(name: string): string | undefined {
    return headerOf(this.#request.getHeader(name))
  }
}

function urlOf(request: ClientRequest): string {
  // Through a proxy that is no tunnel, the path is the whole URL.
  if (/^https?:/i.test(request.path)) return request.path
  return `${request.protocol}//${headerOf(request.getHeader('host')) ?? request.host}${request.path}`
}

function headerOf(value: number | string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value?.toString()
}
