import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Carried, type Carrier, CONTEXT, type Context, type Contexts, UNSENT } from './target.ts'

type Emit = (this: object, type: string | symbol, ...args: unknown[]) => boolean

/** Who is told of requests. */
export interface Watcher {
  current: Context | undefined
  readonly asked: boolean
  readonly contexts: Contexts | undefined
  begin(server: object, request: IncomingMessage, response: Carrier): Context | true | undefined
  settle(context: Context): void
  /** `whole`: nothing is to follow. */
  began(context: Context, response: ServerResponse, whole: boolean): void
  end(response: Carrier): void
  fault(error: unknown): void
}

/** Sees each request of all servers with this prototype. Whatever goes wrong on our side, the app gets its event. */
export function patchEmit(prototype: object, watcher: Watcher): void {
  const holder = prototype as { emit: Emit }
  const original = holder.emit
  define(holder, 'emit', function (this: object, type: string | symbol, first?: unknown, second?: unknown): boolean {
    if (type === 'request' || type === 'checkContinue' || type === 'checkExpectation') {
      return request(watcher, original, this, type, first as IncomingMessage, second as Carrier)
    }
    // oxlint-disable-next-line prefer-rest-params -- no array for each event of each server
    return original.apply(this, arguments as unknown as [string, ...unknown[]])
  })
}

function request(
  watcher: Watcher,
  original: Emit,
  server: object,
  type: string,
  incoming: IncomingMessage,
  response: Carrier
): boolean {
  let context
  try {
    context = watcher.begin(server, incoming, response)
  } catch (error) {
    watcher.fault(error)
  }
  if (context === undefined) return original.call(server, type, incoming, response)
  if (context === true) return true
  // Who asks for the current request pays for its being told.
  const before = watcher.current
  if (watcher.asked) watcher.current = context
  const { contexts } = watcher
  try {
    if (contexts === undefined) return original.call(server, type, incoming, response)
    if (!isParsing(incoming)) return within(contexts, context, original, server, type, incoming, response)
    contexts.enterWith(context)
    return original.call(server, type, incoming, response)
  } finally {
    if (watcher.current !== before) watcher.current = before
    watcher.settle(context)
  }
}

/**
 * Whether the parser of a connection is what emits: it comes back to Node's own code, which leaves the context, so that
 * nobody need restore what was before; that would be half the price. What else emits is the app's.
 */
function isParsing(incoming: IncomingMessage): boolean {
  const socket = incoming.socket as { parser?: { readonly incoming?: unknown } | null } | null | undefined
  return socket?.parser?.incoming === incoming
}

// By itself, as a closure costs whatever function it is in, used or not.
function within(
  contexts: Contexts,
  context: Context,
  original: Emit,
  emitter: object,
  type: string | symbol,
  ...args: unknown[]
): boolean {
  return contexts.run(context, () => original.call(emitter, type, ...args))
}

/** Brings the pieces of a body to the app in the context of their request: since Node 24 the parser has lost it by then. */
export function patchRequest(prototype: object, watcher: Watcher): void {
  const holder = prototype as { emit: Emit }
  const original = holder.emit
  define(holder, 'emit', function (this: Carried & EventEmitter, type: string | symbol, first?: unknown): boolean {
    const context = this[CONTEXT]
    if (context === undefined || (type !== 'data' && type !== 'end' && type !== 'readable')) {
      // oxlint-disable-next-line prefer-rest-params -- no array for each event of each request
      return original.apply(this, arguments as unknown as [string, ...unknown[]])
    }
    const { contexts } = watcher
    if (contexts === undefined || this.listenerCount(type) === 0 || !isLost(contexts.getStore(), context)) {
      return original.call(this, type, first)
    }
    return within(contexts, context, original, this, type, first)
  })
}

/** Before Node 24 a parser has the context of the request before; what the app has opened itself is to stay. */
function isLost(store: unknown, context: Context): boolean {
  return store === undefined || (store !== context && (store as Partial<Context>).start !== undefined)
}

type Send = (this: ServerResponse, chunk?: unknown, encoding?: unknown, done?: unknown) => unknown

/** Sees the first byte and the last of each response. Node calls `detachSocket` when all of one was handed on. */
export function patchResponse(prototype: object, watcher: Watcher): void {
  const holder = prototype as Record<'write' | 'end' | 'flushHeaders' | 'detachSocket', Send>
  const { write, end, flushHeaders, detachSocket } = holder
  define(holder, 'write', function (this: Carrier, chunk?: unknown, encoding?: unknown, done?: unknown): unknown {
    const result = write.call(this, chunk, encoding, done)
    if (this[CONTEXT] !== undefined) sent(watcher, this[CONTEXT], this, false)
    return result
  })
  define(holder, 'end', function (this: Carrier, chunk?: unknown, encoding?: unknown, done?: unknown): unknown {
    const result = end.call(this, chunk, encoding, done)
    if (this[CONTEXT] !== undefined) sent(watcher, this[CONTEXT], this, true)
    return result
  })
  define(holder, 'flushHeaders', function (this: Carrier): void {
    flushHeaders.call(this)
    if (this[CONTEXT] !== undefined) sent(watcher, this[CONTEXT], this, false)
  })
  define(holder, 'detachSocket', function (this: Carrier, socket: unknown): void {
    detachSocket.call(this, socket)
    if (this[CONTEXT] !== undefined) watcher.end(this)
  })
}

function sent(watcher: Watcher, context: Context, response: ServerResponse, whole: boolean): void {
  if (context.first !== UNSENT) return
  try {
    watcher.began(context, response, whole)
  } catch (error) {
    watcher.fault(error)
  }
}

// As Node has them: writable, configurable; `emit` becomes an own property of its prototype, unseen by for…in.
function define(holder: object, name: string, value: unknown): void {
  const original = (holder as Record<string, { length: number }>)[name]!
  Object.defineProperty(value, 'name', { value: name, configurable: true })
  Object.defineProperty(value, 'length', { value: original.length, configurable: true })
  Object.defineProperty(holder, name, { value, writable: true, configurable: true, enumerable: false })
}
