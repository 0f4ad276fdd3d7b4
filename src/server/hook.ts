import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Carrier, CONTEXT, type Context, UNSENT } from './target.ts'

type Emit = (this: object, type: string | symbol, ...args: unknown[]) => boolean

/** Who is told of requests. */
export interface Watcher {
  current: Context | undefined
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
  const before = watcher.current
  watcher.current = context
  try {
    return original.call(server, type, incoming, response)
  } finally {
    watcher.current = before
    watcher.settle(context)
  }
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
