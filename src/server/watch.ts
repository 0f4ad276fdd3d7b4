import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Api } from '../api/api.ts'
import { normalise } from '../api/path.ts'
import { OTHER_ENDPOINT } from '../collectors/endpoint.ts'
import type { Exchange } from '../collectors/exchange.ts'
import type { HttpCollector, HttpEndpoint } from '../collectors/http.ts'
import type { EventLoop } from '../collectors/system/loop.ts'
import { systemClock } from '../core/time.ts'
import { UNMATCHED } from '../names.ts'
import { answer } from './bridge.ts'
import type { Framework } from './framework.ts'
import { Paths, pathOf } from './normalise.ts'
import { left, wireBytes } from './socket.ts'
import { hasLength, isEventStream } from './stream.ts'
import { type Context, type Contexts, type Target, UNSENT, WITH_LAST } from './target.ts'

/** What a Metrics instance gives to be told of its requests. */
export interface Watched {
  /** What it was constructed with; undefined: every server that no other instance has. */
  readonly app: unknown
  readonly framework: Framework
  readonly http: HttpCollector
  /** Answers our own routes; undefined: none are served here. */
  readonly api: Pick<Api, 'handles' | 'respond' | 'word'> | undefined
  /** The `path` and `healthPath` options, and how to name them: what the app has of its own there, stays the app's. */
  readonly prefixes: readonly { readonly option: string; readonly path: string }[]
  /** Where contexts are kept for what requests set off, if anybody wants to know. */
  readonly contexts?: Contexts | undefined
  /** Tells what held up the event loop, if anybody wants to know. */
  readonly loop?: Pick<EventLoop, 'entered' | 'held'> | undefined
  /** The user's own names of endpoints, before all others. */
  readonly route?: ((request: never) => string | undefined) | undefined
  /** A response with a 5xx status, and what was thrown, if the framework tells. */
  readonly failed: (error: unknown, endpoint: string, method: string, status: number) => void
  /** It is told of no more requests: closed, or a newer instance has its app. */
  readonly left?: () => void
  /** One line, once per `kind`. */
  readonly say: (kind: string, line: string) => void
  /** A fault of ours that the app was kept from. */
  readonly fault: (error: unknown) => void
}

const MOST_PATHS = 300
/** `//health`, `/./health`, `/%68ealth` */
const ODD = [47, 46, 37]

/** Counts the requests of one Metrics instance. */
export class Watch implements Target {
  readonly app: unknown
  readonly everywhere: boolean
  readonly asks: boolean
  draining: boolean = false
  readonly owner: object
  readonly contexts: Contexts | undefined
  readonly turned: ((context: Context, now: number) => void) | undefined
  readonly #loop: Watched['loop']
  readonly #watched: Watched
  readonly #paths = new Paths(MOST_PATHS)
  readonly #exchange: Exchange
  readonly #detach: () => void
  /** By character, whether it is the second one of a prefix of ours or of an odd spelling: nearly all other requests are told apart by it. */
  readonly #marks: Uint8Array = new Uint8Array(128)

  constructor(watched: Watched, detach: () => void) {
    this.app = watched.app
    this.everywhere = watched.app === undefined
    this.owner = watched.http
    this.asks = watched.framework.asks
    this.contexts = watched.contexts
    const { loop } = watched
    this.#loop = loop
    this.turned = loop === undefined ? undefined : (context, now) => turned(loop, context, now)
    this.#watched = watched
    this.#detach = detach
    for (const mark of [...watched.prefixes.map(({ path }) => second(path)), ...ODD]) this.#marks[mark] = 1
    const nothing = 0.5
    this.#exchange = {
      status: 0,
      // Fractions, so that the engine keeps these fields as doubles and writes them in place.
      elapsed: nothing,
      ttfb: nothing,
      requestBytes: nothing,
      responseBytes: nothing,
      aborted: false,
      stream: false,
      cut: false,
      blocked: nothing,
    }
  }

  owns(server: object): boolean {
    return this.#watched.framework.owns(server)
  }

  serves(url: string | undefined): boolean {
    // A proxy's client sends the whole URL.
    if (url === undefined || (url.charCodeAt(0) === 47 && this.#marks[second(url)] === 0)) return false
    const api = this.#watched.api
    return api !== undefined && api.handles(url) && !this.#isTheirs(url)
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    answer(this.#watched.api!, request, response, this.#watched.fault)
  }

  began(context: Context): void {
    this.#watched.http.began()
    this.#loop?.entered(context.start)
  }

  left(context: Context): void {
    this.#watched.http.left()
    if (context.stream) this.#watched.http.streamClosed()
  }

  streamOpened(): void {
    this.#watched.http.streamOpened()
  }

  ended(context: Context, request: IncomingMessage, response: ServerResponse): void {
    const { http } = this.#watched
    const now = systemClock.monotonic()
    const exchange = this.#exchange
    exchange.status = response.statusCode
    exchange.elapsed = now - context.start
    exchange.ttfb = firstByte(context, exchange.elapsed)
    // One that is cut ends by no work of its own.
    const cut = !response.writableFinished
    if (cut) this.#loop?.entered(now)
    else this.turned?.(context, now)
    exchange.blocked = context.blocked
    this.#outcome(context, request, response, cut)
    let endpoint: HttpEndpoint = http.uncounted
    try {
      wireBytes(request.socket, exchange)
      left(request.socket, response)
      endpoint = this.#endpoint(context, request, response)
      context.counted = endpoint.template
    } finally {
      if (context.stream) http.streamClosed()
      http.ended(endpoint, request.method ?? '', exchange, now)
    }
    if (exchange.status >= 500 && !exchange.aborted && endpoint !== http.uncounted) {
      this.#watched.failed(context.error, endpoint.template, request.method ?? '', exchange.status)
    }
  }

  endpoint(context: Context, request: IncomingMessage, response: ServerResponse): string | undefined {
    return this.#endpoint(context, request, response).template
  }

  routed(context: Context, request: IncomingMessage): boolean {
    return this.#template(context, request) !== undefined
  }

  fault(error: unknown): void {
    this.#watched.fault(error)
  }

  detach(): void {
    this.#detach()
  }

  #outcome(context: Context, request: IncomingMessage, response: ServerResponse, cut: boolean): void {
    const exchange = this.#exchange
    exchange.stream = context.stream || (cut && response.headersSent && isEventStream(response))
    // With the connection still there the app has taken it for itself, as `detachSocket` allows.
    const gone = cut && request.socket?.destroyed !== false
    exchange.aborted = gone && !exchange.stream && (!response.headersSent || hasLength(response))
    exchange.cut = cut && !exchange.stream && !exchange.aborted
  }

  // The order in which names count: the user's, the router's, the path's.
  #endpoint(context: Context, request: IncomingMessage, response: ServerResponse): HttpEndpoint {
    const { http, framework } = this.#watched
    const template = this.#template(context, request)
    if (template !== undefined) return http.endpoint(template)
    const path = pathOf(original(request))
    if (http.ignores(path)) return http.uncounted
    const status = response.statusCode
    const area = framework.area(context, request)
    if (status === 404 || (framework.routes && status >= 400 && (status < 500 || area === undefined))) {
      return http.endpoint(UNMATCHED)
    }
    return http.endpoint(area ?? this.#paths.name(path) ?? OTHER_ENDPOINT)
  }

  #template(context: Context, request: IncomingMessage): string | undefined {
    const { framework, route } = this.#watched
    const named = route === undefined ? undefined : this.#named(route, request)
    return named ?? framework.route(context, request)
  }

  #named(route: (request: never) => string | undefined, request: IncomingMessage): string | undefined {
    try {
      const name: unknown = route(request as never)
      return typeof name === 'string' && name !== '' ? name.slice(0, 256) : undefined
    } catch (error) {
      this.#watched.fault(error)
      return undefined
    }
  }

  #isTheirs(url: string): boolean {
    const { prefixes } = this.#watched
    const plain = pathOf(url)
    const path = prefixes.some((prefix) => plain.startsWith(prefix.path)) ? plain : normalise(url)
    for (const prefix of prefixes) {
      if (!path.startsWith(prefix.path) || !this.#watched.framework.has(path)) continue
      const line = `the app has a route of its own at ${path}, which stays; set the option \`${prefix.option}\` to have ours elsewhere`
      this.#watched.say(`own route ${prefix.option}`, line)
      return true
    }
    return false
  }
}

/** The character after the first slash; 0 where nothing follows it. */
function second(path: string): number {
  return path.charCodeAt(1) | 0
}

function turned(loop: Pick<EventLoop, 'held'>, context: Context, now: number): void {
  const held = loop.held(now)
  if (held > 0) context.blocked += held
}

function firstByte({ start, first }: Context, elapsed: number): number {
  if (first === WITH_LAST) return elapsed
  return first === UNSENT ? -1 : first - start
}

// Express and Connect cut `url` while a mounted router runs.
function original(request: IncomingMessage & { originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '')
}
