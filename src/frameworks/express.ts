import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Framework, Seen } from '../server/framework.ts'
import { contextOf } from '../server/target.ts'
import { hasRoute, type Layer } from './express-routes.ts'
import { begin, followMounts, walkOf } from './express-walk.ts'

type Handle = (this: unknown, request: IncomingMessage, response: ServerResponse, callback?: unknown) => unknown

interface App {
  handle: Handle
  /** The prototype of this app's requests. */
  readonly request: object
  set(name: string, value: unknown): unknown
  use(layer: unknown): unknown
}

/** On an app that has our error layer. */
const FOLLOWED: unique symbol = Symbol.for('pocketmetrics.express') as never

/** Whether this is an Express app, 4 or 5. */
export function isExpress(app: unknown): app is App {
  const express = app as Partial<App> | null | undefined
  return (
    typeof app === 'function' &&
    typeof express?.handle === 'function' &&
    typeof express.set === 'function' &&
    typeof express.request === 'object'
  )
}

/** Express 4 and 5: accessors on the app's request prototype see each mount and each route as it is entered. */
export function express(app: App): Framework {
  return {
    asks: false,
    routes: true,
    owns: (server) => (server as { listeners(event: string): unknown[] }).listeners('request').includes(app),
    follow: (seen) => follow(app, seen),
    route: (context) => walkOf(context)?.template(),
    area: (context) => walkOf(context)?.area(),
    has: (path) => hasRoute(stackOf(app), path),
  }
}

function follow(app: App, seen: Seen): () => void {
  followMounts(app.request)
  const original = app.handle
  function handle(this: unknown, request: IncomingMessage, response: ServerResponse, callback?: unknown): unknown {
    try {
      if (entered(app, seen, request, response, callback === undefined)) return undefined
    } catch (error) {
      seen.fault(error)
    }
    return original.call(this, request, response, callback)
  }
  app.handle = handle
  return () => {
    if (app.handle === handle) app.handle = original
  }
}

/** True: the request is for one of our routes, and is being answered. */
function entered(app: App, seen: Seen, request: IncomingMessage, response: ServerResponse, top: boolean): boolean {
  if (top && seen.handled(request, response)) return true
  const context = contextOf(response)
  // Express 4 sets `baseUrl` before it sets the prototype: an own property would hide the accessor.
  if (context === undefined || !top) return false
  Object.setPrototypeOf(request, app.request)
  begin(request, context)
  followErrors(app)
  return false
}

/** Before the first error layer of the app's own, which may answer; it only looks, and passes the error on. */
function followErrors(app: App & { [FOLLOWED]?: true }): void {
  if (app[FOLLOWED] === true) return
  Object.defineProperty(app, FOLLOWED, { value: true })
  app.use((error: unknown, _request: unknown, response: unknown, next: (error: unknown) => void): void => {
    const context = contextOf(response)
    if (context !== undefined) context.error = error
    next(error)
  })
  const stack = stackOf(app) as Layer[]
  const own = stack.pop()
  if (own === undefined) return
  const first = stack.findIndex((layer) => layer.handle?.length === 4)
  stack.splice(first < 0 ? stack.length : first, 0, own)
}

// Express 4 has `_router`, and a `router` that throws.
function stackOf(app: App): readonly Layer[] {
  try {
    const { _router } = app as { _router?: { stack?: Layer[] } }
    return (_router ?? (app as { router?: { stack?: Layer[] } }).router)?.stack ?? []
  } catch {
    return []
  }
}
