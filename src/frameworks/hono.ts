import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Framework, Seen } from '../server/framework.ts'
import { takes } from '../server/template.ts'
import { type Context, contextOf } from '../server/target.ts'

interface Route {
  readonly path: string
  readonly method: string
  readonly handler: (...args: never) => unknown
}

/** What Hono's routers answer: for each match the handler with its route, then its parameters. */
type Match = readonly [readonly (readonly [readonly [unknown, Route], unknown])[], unknown?]
type Find = (method: string, path: string) => Match

interface NodeEnv {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
}

interface App {
  router: { match: Find }
  fetch: (request: Request, env?: NodeEnv, context?: unknown) => Response | Promise<Response>
  readonly routes: readonly Route[]
  errorHandler?: OnError
}

type OnError = (error: unknown, c: { readonly env?: NodeEnv }) => unknown

/** Whether this is a Hono app. */
export function isHono(app: unknown): app is App {
  const hono = app as Partial<App> | null | undefined
  return typeof hono?.fetch === 'function' && typeof hono.router?.match === 'function' && Array.isArray(hono.routes)
}

/** Hono on `node:http`: its router is asked while the server's event is emitted, which says whose request it is. */
export function hono(app: App): Framework {
  return {
    asks: true,
    routes: true,
    owns: () => false,
    follow: (seen) => follow(app, seen),
    route: (context) => template(context),
    area: (context) => area(context),
    has: (path) => app.routes.some((route) => !isMiddleware(route) && takes(route.path, path)),
  }
}

function follow(app: App, seen: Seen): () => void {
  const stopMatch = followMatch(app.router, seen)
  const stopErrors = followErrors(app)
  const fetch = app.fetch
  const followed: App['fetch'] = (request, env, context) =>
    env?.outgoing === undefined
      ? fetch(request, env, context)
      : seen.within(env.outgoing, () => fetch(request, env, context))
  app.fetch = followed
  return () => {
    stopMatch()
    stopErrors()
    if (app.fetch === followed) app.fetch = fetch
  }
}

// SmartRouter replaces its own `match` at the first request: an accessor sees what it is replaced with.
function followMatch(router: App['router'], seen: Seen): () => void {
  const own = Object.getOwnPropertyDescriptor(router, 'match')
  let inner = router.match
  const match: Find = (method, path) => {
    const found = inner.call(router, method, path)
    try {
      const context = seen.current()
      if (context === undefined || context.route !== undefined) return found
      context.route = found
      return seen.answers(context, path) ? ours(seen) : found
    } catch (error) {
      seen.fault(error)
      return found
    }
  }
  Object.defineProperty(router, 'match', {
    configurable: true,
    enumerable: own?.enumerable ?? false,
    get: () => match,
    set: (next: Find) => {
      inner = next
    },
  })
  return () => {
    Object.defineProperty(router, 'match', {
      value: inner,
      writable: true,
      configurable: true,
      enumerable: own !== undefined,
    })
  }
}

// `onError` replaces the property: an accessor sees what it is replaced with.
function followErrors(app: App): () => void {
  let inner = app.errorHandler
  if (typeof inner !== 'function') return () => undefined
  const followed: OnError = (error, c) => {
    const context = contextOf(c.env?.outgoing)
    if (context !== undefined) context.error = error
    return inner!(error, c)
  }
  const set = (next: OnError): void => void (inner = next)
  Object.defineProperty(app, 'errorHandler', { configurable: true, enumerable: true, get: () => followed, set })
  return () => {
    Object.defineProperty(app, 'errorHandler', { value: inner, writable: true, configurable: true, enumerable: true })
  }
}

/** A match that leads to us: on a server that nobody had claimed before this request. */
function ours(seen: Seen): Match {
  const handler = async (c: { env: NodeEnv }): Promise<Response> => {
    const { status, headers, body } = await seen.respond(c.env.incoming!)
    const piped = body === null || body instanceof Uint8Array ? body : ReadableStream.from(body)
    return new Response(piped as ReadableStream, { status, headers })
  }
  const route = { basePath: '/', path: '/', method: 'ALL', handler }
  return [[[[handler, route], {}]]]
}

/** The last entry that is a route: middleware is registered for all methods and takes `next`. */
function template(context: Context): string | undefined {
  const entries = (context.route as Match | undefined)?.[0]
  if (entries === undefined) return undefined
  for (let index = entries.length - 1; index >= 0; index--) {
    const route = entries[index]![0][1]
    if (!isMiddleware(route)) return route.path
  }
  return undefined
}

/** A mounted app or static files: middleware for a part of the paths. */
function area(context: Context): string | undefined {
  const entries = (context.route as Match | undefined)?.[0] ?? []
  return entries.map((entry) => entry[0][1].path).findLast((path) => path !== '*' && path !== '/*')
}

function isMiddleware(route: Route): boolean {
  return route.method === 'ALL' && route.handler.length >= 2
}
