import { told } from '../core/told.ts'
import { MetricsError } from '../errors.ts'

/** The path of a request target as it is judged and served: one spelling for each place. Never throws. */
export function normalise(url: string): string {
  const path = decode(withoutAuthority(url).split(/[?#]/, 1)[0] ?? '')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** The query of a request target, without its `?`. */
export function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : (url.slice(start + 1).split('#', 1)[0] ?? '')
}

function withoutAuthority(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
}

// RFC 3986 section 6.2.2.2: only what never needed an escape. `%2F` stays, it belongs to a segment of the app's.
function decode(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(/%(2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16))
  )
}

/** What a request for one of our paths wants. */
export type Place =
  | { readonly kind: 'health'; readonly name: Probe }
  /** `route` is '' for the path itself; `base` is the path that ours are under. */
  | { readonly kind: 'data'; readonly route: string; readonly base: string }

/** The four health routes; `all` is the path itself. */
export type Probe = 'all' | 'live' | 'ready' | 'startup'

const PROBES: readonly Exclude<Probe, 'all'>[] = ['live', 'ready', 'startup']

function targets(health: string): [string, Probe][] {
  const all: [string, Probe][] = [[health, 'all'], ...PROBES.map((one) => [`${health}/${one}`, one] as [string, Probe])]
  return all.flatMap(([url, probe]) => [[url, probe] as [string, Probe], [`${url}/`, probe] as [string, Probe]])
}

function isProbe(segment: string): segment is Probe {
  return (PROBES as readonly string[]).includes(segment)
}

/** Finds our place for a normalised path under the configured prefixes (false: turned off). */
export class Places {
  readonly #path: string | undefined
  readonly #health: string | undefined
  /** Probes by the targets that orchestrators are told: nearly all come so. */
  readonly #probes: ReadonlyMap<string, Probe>

  constructor(path: string | false, healthPath: string | false) {
    this.#path = path === false ? undefined : normalise(path)
    this.#health = healthPath === false ? undefined : normalise(healthPath)
    this.#probes = new Map(this.#health === undefined ? [] : targets(this.#health))
  }

  /** Which probe a target is, where it is spelled as usual and has no query. */
  probe(url: string): Probe | undefined {
    return this.#probes.get(url)
  }

  /** Cheap for other people's requests: most are told apart by their first characters. */
  has(url: string): boolean {
    if (this.#probes.has(url)) return true
    if (isPlain(url) && !starts(url, this.#path) && !starts(url, this.#health)) return false
    return this.find(normalise(url)) !== undefined
  }

  /** Our place for a normalised path; undefined where it is the app's. */
  find(path: string): Place | undefined {
    if (this.#health !== undefined && path === this.#health) return { kind: 'health', name: 'all' }
    const probe = below(path, this.#health)
    if (probe !== undefined && isProbe(probe)) return { kind: 'health', name: probe }
    if (this.#path === undefined) return undefined
    if (path === this.#path) return { kind: 'data', route: '', base: this.#path }
    const route = below(path, this.#path)
    return route === undefined ? undefined : { kind: 'data', route, base: this.#path }
  }
}

/** Our place in an app that mounted us by itself, under a path that only it knows. */
export function mounted(path: string, routes: readonly string[]): Place {
  const last = path.slice(path.lastIndexOf('/') + 1)
  if (isProbe(last)) return { kind: 'health', name: last }
  if (last === 'health') return { kind: 'health', name: 'all' }
  // Most mount us at some `/metrics`: only a second one is the catalogue of that name.
  const isRoute = routes.includes(last) && (last !== 'metrics' || path.endsWith('/metrics/metrics'))
  if (!isRoute) return { kind: 'data', route: '', base: path }
  return { kind: 'data', route: last, base: path.slice(0, -last.length - 1) }
}

/** Checks an option that is a path of ours. Throws `bad_option`. */
export function readPath(path: string | false, option: string): string | false {
  if (path === false) return false
  if (typeof path === 'string' && /^\/[^?#\s]+$/.test(path) && normalise(path) !== '/') return path
  const hint = "Give a path such as '/metrics', or false to turn the routes off."
  throw new MetricsError('bad_option', `Option \`${option}\` is ${told(path)}. ${hint}`, {
    parameter: option,
    hint,
  })
}

function below(path: string, prefix: string | undefined): string | undefined {
  if (prefix === undefined || !path.startsWith(prefix) || path.charAt(prefix.length) !== '/') return undefined
  return path.slice(prefix.length + 1)
}

function starts(url: string, prefix: string | undefined): boolean {
  return prefix !== undefined && url.startsWith(prefix)
}

/** True where the path is already in its one spelling, as almost all are. */
function isPlain(url: string): boolean {
  if (url.charCodeAt(0) !== 47) return false
  for (let at = 0; at < url.length; at++) {
    const code = url.charCodeAt(at)
    if (code === 63) return true
    if (code === 37) return false
    if (code === 47 && (url.charCodeAt(at + 1) === 47 || url.charCodeAt(at + 1) === 46)) return false
  }
  return true
}
