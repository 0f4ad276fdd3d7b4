import type { IncomingMessage, ServerResponse } from 'node:http'
import { systemClock } from '../core/time.ts'
import { patchEmit, patchRequest, patchResponse, type Watcher } from './hook.ts'
import { Servers, type Shut } from './servers.ts'
import { joined } from './socket.ts'
import { isEventStream } from './stream.ts'
import { type Carried, type Carrier, CONTEXT, Context, type Contexts, type Target, WITH_LAST } from './target.ts'
import { keepTick } from './ticks.ts'

const NAME: unique symbol = Symbol.for('pocketmetrics.http') as never

interface Binding {
  readonly generation: number
  readonly target: Target | undefined
  /** More than one app has claimed requests of this server: each is asked every time. */
  readonly shared: boolean
}

/** Where the binding of a server is kept: read for every request, and a WeakMap takes ten times as long. */
const BINDING = Symbol('pocketmetrics.binding')

type Bound = object & { [BINDING]?: Binding }

const UNBOUND: Binding = { generation: -1, target: undefined, shared: false }

/** Knows every Metrics instance of the process and gives each request to the one it belongs to. */
export class Hub implements Watcher {
  /** The request whose `request` event is being emitted right now. */
  current: Context | undefined = undefined
  /** Whether anybody asks for it. */
  asked = false
  /** Where contexts are kept for what requests set off; undefined while nobody wants that. */
  contexts: Contexts | undefined = undefined
  #targets: readonly Target[] = []
  #everywhere: Target | undefined = undefined
  #generation = 0
  #draining = false
  readonly #servers = new Servers()
  readonly #closed: (this: ServerResponse) => void
  readonly #end: (response: ServerResponse) => void

  constructor() {
    const end = this.end.bind(this)
    this.#end = end
    // One function for all responses: it is told which by `this`, so nothing is made per request.
    this.#closed = function closed(this: ServerResponse): void {
      end(this)
    }
  }

  /** The newest target of an app replaces the older one. */
  attach(target: Target): void {
    for (const other of this.#targets) if (other.app === target.app) other.detach()
    this.#set([target, ...this.#targets])
  }

  detach(target: Target): void {
    this.#set(this.#targets.filter((other) => other !== target))
  }

  /** Looks again which targets drain. */
  drain(): void {
    this.#draining = this.#targets.some((target) => target.draining)
  }

  /** Whether a server listens that is this target's, or nobody's. */
  serves(target: Target): boolean {
    return this.#servers.listening((server) => this.#isOf(server, target)).length > 0
  }

  /** These servers take no more connections. */
  shut(target: Target): Promise<Shut> {
    return this.#servers.shut((server) => this.#isOf(server, target))
  }

  #isOf(server: object, target: Target): boolean {
    const bound = this.#bindingOf(server).target
    return bound === target || (bound === undefined && target.everywhere)
  }

  /** Opens the context of a request; true: it is ours and being answered, undefined: it is nobody's business. */
  begin(server: object, request: IncomingMessage, response: Carrier): Context | true | undefined {
    if (this.#targets.length === 0 || typeof response?.writeHead !== 'function') return undefined
    if (response[CONTEXT] !== undefined) return undefined
    const { target } = this.#bindingOf(server)
    const answering = target ?? this.#everywhere
    // Not the header: the app may write its own, and Node says `Connection: close` by this.
    if (this.#draining && answering?.draining !== false) response.shouldKeepAlive = false
    if (answering?.serves(request.url) === true) {
      answering.serve(request, response)
      return true
    }
    const context = new Context(server, systemClock.monotonic())
    response[CONTEXT] = context
    if (this.contexts !== undefined) {
      context.response = response
      // Only a body has pieces that come later.
      if (request.method !== 'GET' && request.method !== 'HEAD') (request as Carried)[CONTEXT] = context
    }
    if (!joined(request.socket, response, this.#end)) response.on('close', this.#closed)
    if (target !== undefined) this.#give(context, target)
    return context
  }

  /** After the app's own listeners ran: what nobody has claimed belongs to the instance without an app. */
  settle(context: Context): void {
    if (context.target === undefined && this.#everywhere !== undefined && !context.done) {
      this.#give(context, this.#everywhere)
    }
    const { target } = context
    // One that has gone out whole ends in this turn, and the clock is read then.
    if (context.first === WITH_LAST && !context.done) return
    if (target?.turned !== undefined) target.turned(context, systemClock.monotonic())
  }

  /** A framework has seen a request of `target`'s app: it is the target's, unless another app had it before. */
  claim(context: Context | undefined, target: Target): Context | undefined {
    if (context === undefined || context.done) return undefined
    if (context.target !== target) {
      if (context.sure || !this.#targets.includes(target)) return undefined
      context.target?.left(context)
      this.#give(context, target)
      this.#bind(context.server, target)
    }
    context.sure = true
    return context
  }

  /** The response has begun. One that has gone out whole is about to end: the clock is read then. */
  began(context: Context, response: ServerResponse, whole: boolean): void {
    if (whole && response.socket?.writableLength === 0) {
      context.first = WITH_LAST
      return
    }
    context.first = systemClock.monotonic()
    context.target?.turned?.(context, context.first)
    if (!response.chunkedEncoding || !isEventStream(response)) return
    context.stream = true
    context.target?.streamOpened(context)
  }

  /** The response is over, one way or the other; the second time does nothing. */
  end(response: Carrier): void {
    const context = response[CONTEXT]
    if (context === undefined || context.done) return
    context.done = true
    const target = context.target
    try {
      target?.ended(context, response.req, response)
    } catch (error) {
      target?.fault(error)
    } finally {
      context.response = undefined
    }
  }

  fault(error: unknown): void {
    this.#targets[0]?.fault(error)
  }

  /** Remembers that the requests of a server are `target`'s, or that more than one app gets them. */
  #bind(server: object, target: Target): void {
    const seen = this.#bindingOf(server)
    if (seen.shared || seen.target === target) return
    const shared = seen.target !== undefined
    keep(server, { generation: this.#generation, target: shared ? undefined : target, shared })
  }

  #give(context: Context, target: Target): void {
    context.target = target
    target.began(context)
    if (context.stream) target.streamOpened(context)
  }

  #set(targets: readonly Target[]): void {
    this.#targets = targets
    this.#everywhere = targets.find((target) => target.everywhere)
    this.contexts = targets.find((target) => target.contexts !== undefined)?.contexts
    this.asked = targets.some((target) => target.asks !== false)
    this.#generation++
    this.drain()
  }

  #bindingOf(server: Bound): Binding {
    if (server[BINDING] === undefined) this.#servers.add(server)
    const known = server[BINDING] ?? UNBOUND
    if (known.generation === this.#generation) return known
    const kept = known.target !== undefined && this.#targets.includes(known.target) ? known.target : undefined
    const target = this.#targets.find((one) => !one.everywhere && one.owns(server)) ?? kept
    const binding = { generation: this.#generation, target, shared: known.shared }
    keep(server, binding)
    return binding
  }
}

function keep(server: Bound, binding: Binding): void {
  Object.defineProperty(server, BINDING, { value: binding, writable: true, configurable: true })
}

/** The hub of this process: made and hooked in by the first copy of the package that asks, shared by all. */
export function hub(): Hub {
  const holder = globalThis as { [NAME]?: Hub }
  if (holder[NAME] !== undefined) return holder[NAME]
  const made = new Hub()
  Object.defineProperty(holder, NAME, { value: made })
  // Not imported: an import of node:http reads all its exports, which loads its WebSocket, undici and HTTP/2.
  const http = process.getBuiltinModule('node:http')
  patchEmit(http.Server.prototype, made)
  patchResponse(http.ServerResponse.prototype, made)
  patchRequest(http.IncomingMessage.prototype, made)
  try {
    // https.Server does not inherit from http.Server. A Node built without OpenSSL has none.
    const https = process.getBuiltinModule?.('node:https')
    if (https !== undefined) patchEmit(https.Server.prototype, made)
  } catch {}
  keepTick()
  return made
}
