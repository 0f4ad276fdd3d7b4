import type { Server, ServerResponse } from 'node:http'
import type { Framework } from '../server/framework.ts'
import { contextOf } from '../server/target.ts'

/** On an app whose hook is set: once is enough, whichever instance or copy of the package comes later. */
const HOOKED: unique symbol = Symbol.for('pocketmetrics.fastify') as never
const CHANNEL = 'tracing:fastify.request.handler:start'

interface Reply {
  readonly raw: ServerResponse
}

interface Request {
  readonly routeOptions: { readonly url?: string }
}

/** Writes what Fastify says of itself; newer versions tell it of each request before any hook. */
interface LogController {
  incomingRequest: (this: LogController, request: Request, reply: Reply, more?: unknown) => void
  [HOOKED]?: true
}

type Hook = (request: Request, reply: Reply, done: () => void) => void
type ErrorHook = (request: Request, reply: Reply, error: unknown, done: () => void) => void

interface Hooks {
  readonly onRequest: Hook[]
  readonly onError: ErrorHook[]
}

interface App {
  readonly server: Server
  addHook(name: 'onRequest', hook: Hook): unknown
  addHook(name: 'onError', hook: ErrorHook): unknown
  hasRoute(route: { method: string; url: string }): boolean
  register(plugin: unknown): unknown
  [HOOKED]?: true
}

/** Whether this is a Fastify app. */
export function isFastify(app: unknown): app is App {
  const fastify = app as Partial<App> | null | undefined
  return (
    typeof fastify?.addHook === 'function' && typeof fastify.register === 'function' && fastify.server !== undefined
  )
}

/** Fastify: whoever hears of a request first reads the route from Fastify's own context. */
export function fastify(app: App): Framework {
  return {
    asks: false,
    routes: true,
    owns: (server) => server === app.server || sharesListener(app.server, server as Server),
    follow: () => follow(app),
    route: (context) => (typeof context.route === 'string' ? context.route : undefined),
    area: () => undefined,
    has: (path) => app.hasRoute({ method: 'GET', url: path }),
  }
}

// `localhost` makes Fastify listen on a second server for IPv6, which calls the same function.
function sharesListener(one: Server, other: Server): boolean {
  const listeners = one.listeners('request')
  return other.listeners('request').some((listener) => listeners.includes(listener))
}

function follow(app: App): () => void {
  if (Object.hasOwn(app, HOOKED)) return () => undefined
  const heard = listenIn(app)
  try {
    hookFirst(app, heard)
    Object.defineProperty(app, HOOKED, { value: true })
    return () => undefined
  } catch {
    // Too late for a hook (FST_ERR_INSTANCE_ALREADY_LISTENING).
    if (heard) return () => undefined
    // The channel knows all but what a hook ends early.
    const channels = process.getBuiltinModule('node:diagnostics_channel')
    channels.subscribe(CHANNEL, started)
    return () => channels.unsubscribe(CHANNEL, started)
  }
}

/** Hears what the app's log hears: to have a hook run takes half a microsecond of each request. */
function listenIn(app: App): boolean {
  try {
    const log = logOf(app)
    if (log === undefined || typeof log.incomingRequest !== 'function') return false
    if (Object.hasOwn(log, HOOKED)) return true
    const { incomingRequest } = log
    const note = makeNote()
    const heard: LogController['incomingRequest'] = function (request, reply, more) {
      note(request, reply)
      incomingRequest.call(this, request, reply, more)
    }
    Object.defineProperties(log, {
      incomingRequest: { value: heard, writable: true, configurable: true },
      [HOOKED]: { value: true },
    })
    return true
  } catch {
    return false
  }
}

function started(message: unknown): void {
  const { reply, route } = message as { reply?: Reply; route?: { url?: string } }
  const context = contextOf(reply?.raw)
  if (context !== undefined && context.route === undefined) context.route = route?.url
}

/** A plugin's instance inherits the app's. */
function logOf(app: object | null): LogController | undefined {
  if (app === null) return undefined
  return known<LogController>(app, 'fastify.logController') ?? logOf(Object.getPrototypeOf(app) as object | null)
}

/** Before every hook of the app's own: one of those may end the request. */
function hookFirst(app: App, heard: boolean): void {
  const hooks = known<Hooks>(app, 'fastify.hooks')
  const state = known<{ started: boolean }>(app, 'fastify.state')
  const hook = heard ? undefined : makeHook()
  if (hooks === undefined || state === undefined || state.started) {
    if (hook !== undefined) app.addHook('onRequest', hook)
    app.addHook('onError', onError)
  } else unshift(app, hook)
}

function unshift(app: object, hook: Hook | undefined): void {
  const hooks = known<Hooks>(app, 'fastify.hooks')
  if (hook !== undefined) hooks?.onRequest.unshift(hook)
  hooks?.onError.unshift(onError)
  for (const child of known<object[]>(app, 'fastify.children') ?? []) unshift(child, hook)
}

function onError(_request: Request, reply: Reply, error: unknown, done: () => void): void {
  const context = contextOf(reply.raw)
  if (context !== undefined) context.error = error
  done()
}

function makeHook(): Hook {
  const note = makeNote()
  return function onRequest(request, reply, done) {
    note(request, reply)
    done()
  }
}

/** Leaves the route of a request where it is found at its end. Never throws: without a route it is counted all the same. */
function makeNote(): (request: Request, reply: Reply) => void {
  let name: symbol | undefined
  return function note(request, reply) {
    try {
      const context = contextOf(reply.raw)
      if (context === undefined) return
      name ??= symbolOf(request, 'fastify.context')
      // `routeOptions` makes a new object each time: 10 times the price of what it is made from.
      const route = (request as never as Record<symbol, { config?: { url?: string } } | undefined>)[name!]
      context.route = name === undefined ? request.routeOptions.url : route?.config?.url
    } catch {}
  }
}

function known<T>(holder: object, description: string): T | undefined {
  const symbol = symbolOf(holder, description)
  return symbol === undefined ? undefined : (holder as Record<symbol, T | undefined>)[symbol]
}

function symbolOf(holder: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(holder).find((symbol) => symbol.description === description)
}
