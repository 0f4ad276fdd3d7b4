import type { IncomingMessage } from 'node:http'
import { contextOf, type Context } from '../server/target.ts'
import { normalise, pathOf } from '../server/normalise.ts'
import { couldTake, under } from '../server/template.ts'

const WALK: unique symbol = Symbol.for('pocketmetrics.express') as never

type Params = Readonly<Record<string, unknown>>
type Walked = IncomingMessage & { [WALK]?: Walk; params?: Params; res?: unknown; [key: symbol]: unknown }

/** How far a request has gone into an app's mounted routers: what Express sets on it, with the templates beside it. */
export class Walk {
  /** What Express sees as `req.baseUrl` and `req.route`. */
  baseUrl: unknown = undefined
  route: unknown = undefined
  /** The template of `baseUrl`, and of each one that was left for a deeper one. */
  #template = ''
  readonly #left: [baseUrl: string, template: string, params: Params][] = []
  #params: Params = {}
  #routeBase = ''
  #routeUrl = ''

  enter(baseUrl: unknown, request: Walked): void {
    const before = typeof this.baseUrl === 'string' ? this.baseUrl : ''
    this.baseUrl = baseUrl
    if (baseUrl === before || typeof baseUrl !== 'string') return
    if (baseUrl.length > before.length && baseUrl.startsWith(before)) {
      this.#left.push([before, this.#template, this.#params])
      this.#template += mountTemplate(baseUrl.slice(before.length), request, this.#params)
      this.#params = request.params ?? {}
    } else this.#back(baseUrl)
  }

  take(route: unknown, request: Walked): void {
    this.route = route
    this.#routeBase = this.#template
    if (Array.isArray((route as { path?: unknown } | undefined)?.path)) this.#routeUrl = request.url ?? ''
  }

  /** The template of the last route that was taken, whatever was left since: an error leaves its router. */
  template(): string | undefined {
    const path = (this.route as { path?: unknown } | null | undefined)?.path
    if (path === undefined) return undefined
    return typeof path === 'string' ? under(this.#routeBase, path) : under(this.#routeBase, this.#named(path))
  }

  /** The mount that answered without a route. */
  area(): string | undefined {
    return this.#template === '' ? undefined : `${this.#template}/*`
  }

  #back(baseUrl: string): void {
    while (this.#left.length > 0) {
      const [url, template, params] = this.#left.pop()!
      this.#template = template
      this.#params = params
      if (url === baseUrl) return
    }
    // Set by the app itself: no mount of ours to know.
    this.#template = baseUrl === '' ? '' : normalise(baseUrl)
  }

  /** One of several paths of a route, or a regular expression's own text. */
  #named(path: unknown): string {
    if (!Array.isArray(path)) return String(path)
    const url = pathOf(this.#routeUrl)
    const one: unknown = path.find((each) => typeof each === 'string' && couldTake(each, url))
    return typeof one === 'string' ? one : path.map(String).join('|')
  }
}

/**
 * Follows the requests of an app and of all others of the same copy of Express: those mounted with `router.use` do not
 * inherit from it. For good: a request on its way must find its values again.
 */
export function followMounts(request: object): void {
  if (WALK in request) return
  const prototype = shared(request)
  Object.defineProperties(prototype, {
    [WALK]: { value: undefined, writable: true, configurable: true },
    baseUrl: accessor(
      (walk) => walk.baseUrl,
      (walk, value, request) => walk.enter(value, request)
    ),
    route: accessor(
      (walk) => walk.route,
      (walk, value, request) => walk.take(value, request)
    ),
  })
}

/** Express' own prototype of requests, the last one below Node's. */
function shared(request: object): object {
  const next: unknown = Object.getPrototypeOf(request)
  // Not imported: an import of node:http reads all its exports, which loads its WebSocket, undici and HTTP/2.
  const { prototype } = process.getBuiltinModule('node:http').IncomingMessage
  const isLast = typeof next !== 'object' || next === null || next === prototype
  return isLast || next === Object.prototype ? request : shared(next)
}

function accessor(
  get: (walk: Walk) => unknown,
  set: (walk: Walk, value: unknown, request: Walked) => void
): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: Walked) {
      const walk = this[WALK]
      return walk === undefined ? undefined : get(walk)
    },
    set(this: Walked, value: unknown) {
      const walk = this[WALK] ?? begin(this, contextOf(this.res))
      try {
        set(walk, value, this)
      } catch {
        // What Express set is kept before anything can go wrong; only a template may be missing.
      }
    },
  }
}

/** A request sets out, in an app that is followed. */
export function begin(request: IncomingMessage, context: Context | undefined): Walk {
  const walk = new Walk()
  ;(request as Walked)[WALK] = walk
  if (context !== undefined) context.route = walk
  return walk
}

/** What a request has walked through, if it came through an Express app that is followed. */
export function walkOf(context: Context): Walk | undefined {
  const walk = context.route as Walk | undefined
  return typeof walk?.template === 'function' ? walk : undefined
}

/** The template of a newly entered mount: its pattern where the router tells (2.3), else its parameters put back. */
function mountTemplate(url: string, request: Walked, outer: Params): string {
  const pattern = matchedPattern(request)
  if (typeof pattern === 'string') return under('', pattern.replace(/\/$/, ''))
  if (pattern !== undefined) return `/${pattern.source}`
  const params = request.params ?? {}
  const names = Object.keys(params).filter((name) => params[name] !== outer[name])
  return names.length === 0 ? url : restore(url, params, names)
}

/** Where a router keeps the pattern that matched, by the prototype of its requests; null: nowhere. */
const symbols = new WeakMap<object, symbol | null>()

function matchedPattern(request: Walked): string | RegExp | undefined {
  const prototype = Object.getPrototypeOf(request) as object
  let symbol = symbols.get(prototype)
  if (symbol === undefined) {
    const own = Object.getOwnPropertySymbols(request)
    symbol = own.find((each) => each.description === 'router.tracing.matchedRoute') ?? null
    symbols.set(prototype, symbol)
  }
  return symbol === null ? undefined : (request[symbol] as string | RegExp | undefined)
}

// From the right, newest parameter first: of two with one value the inner one comes last.
function restore(url: string, params: Params, names: readonly string[]): string {
  let text = decoded(url)
  let end = text.length
  let missing = 0
  for (const name of names.toReversed()) {
    const value = params[name]
    const wanted = Array.isArray(value) ? value.join('/') : String(value)
    const at = find(text, wanted, end)
    if (at < 0) {
      missing++
      continue
    }
    text = `${text.slice(0, at)}${/^\d+$/.test(name) ? '*' : `:${name}`}${text.slice(at + wanted.length)}`
    end = at
  }
  // A parameter that the app has changed cannot be found again: nothing raw is left in its place.
  return missing === 0 ? text : normalise(text)
}

/** Whole segments first, then a part of one, as in `/user-:id`. */
function find(text: string, wanted: string, end: number): number {
  if (wanted === '') return -1
  for (
    let at = text.lastIndexOf(`/${wanted}`, end);
    at >= 0;
    at = at === 0 ? -1 : text.lastIndexOf(`/${wanted}`, at - 1)
  ) {
    const after = at + 1 + wanted.length
    if (after <= end && (after === text.length || text[after] === '/')) return at + 1
  }
  const inside = text.lastIndexOf(wanted, end - wanted.length)
  return end < wanted.length ? -1 : inside
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}
