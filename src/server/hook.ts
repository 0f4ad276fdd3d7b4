import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Carrier, CONTEXT, type Context } from './target.ts'

type Emit = (this: object, type: string | symbol, ...args: unknown[]) => boolean
type WriteHead = (this: ServerResponse, status: number, reason?: unknown, headers?: unknown) => ServerResponse

/** Who is told of requests. */
export interface Watcher {
  current: Context | undefined
  begin(server: object, request: IncomingMessage, response: Carrier): Context | true | undefined
  settle(context: Context): void
  began(context: Context, response: ServerResponse): void
  fault(error: unknown): void
}

/** Sees each request of all servers with this prototype. Whatever goes wrong on our side, the app gets its event. */
export function patchEmit(prototype: object, watcher: Watcher): void {
  const holder = prototype as { emit: Emit }
  const original = holder.emit
  function emit(this: object, type: string | symbol, first?: unknown, second?: unknown): boolean {
    if (type === 'request' || type === 'checkContinue' || type === 'checkExpectation') {
      return request(watcher, original, this, type, first as IncomingMessage, second as Carrier)
    }
    // oxlint-disable-next-line prefer-rest-params -- no array for each event of each server
    return original.apply(this, arguments as unknown as [string, ...unknown[]])
  }
  define(holder, 'emit', emit)
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

/** Stamps the first byte of each response. */
export function patchWriteHead(prototype: { writeHead: unknown }, watcher: Watcher): void {
  const original = prototype.writeHead as WriteHead
  function writeHead(this: Carrier, status: number, reason?: unknown, headers?: unknown): ServerResponse {
    const result = original.call(this, status, reason, headers)
    const context = this[CONTEXT]
    if (context !== undefined && context.first < 0) {
      try {
        watcher.began(context, this)
      } catch (error) {
        watcher.fault(error)
      }
    }
    return result
  }
  define(prototype, 'writeHead', writeHead)
}

// As Node has them: writable, configurable; `emit` becomes an own property of its prototype, unseen by for…in.
function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, configurable: true, enumerable: false })
}
