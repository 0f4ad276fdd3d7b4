import type { Guard } from '../guard.ts'
import type { Asked, Watched, Watcher } from './seen.ts'

/** An API other than a language model that costs money by the call. */
export interface PaidApi {
  /**
   * Which URLs: a host (`api.resend.com`), a host and path (`api.resend.com/emails`), with `*` for any characters; a
   * RegExp or a function of the whole URL.
   */
  readonly match: string | RegExp | ((url: string) => boolean)
  /** What one successful call costs, USD. */
  readonly usd: number
  /** How it is called in answers. Default: the host. */
  readonly name?: string
}

/** What a PaidWatcher works with. */
export interface PaidOptions {
  readonly apis: readonly PaidApi[]
  /** A call that was answered with a 2xx status. */
  readonly paid: (name: string, host: string, usd: number, origin: unknown) => void
  readonly origin: () => unknown
  readonly guard: Guard
}

interface Known {
  readonly api: PaidApi
  readonly test: (url: string) => boolean
}

/** Longer URLs are compared as far as this: an expression of the app's may take time that grows with the length. */
const LONGEST = 2_000

/** Counts the calls of paid APIs by what they cost. */
export class PaidWatcher implements Watcher {
  readonly #known: readonly Known[]
  readonly #options: PaidOptions

  constructor(options: PaidOptions) {
    this.#options = options
    this.#known = options.apis.map((api) => ({ api, test: tester(api.match) }))
  }

  wants(url: string): boolean {
    return this.#find(url) !== undefined
  }

  watch(asked: Asked, origin: unknown): Watched | undefined {
    const api = this.#find(asked.url)
    if (api === undefined) return undefined
    // Not the request itself, whose headers have keys.
    const host = hostOf(asked.url)
    let counted = false
    return {
      head: (status) => {
        if (counted || status < 200 || status > 299) return
        counted = true
        this.#options.paid(api.name ?? host, host, api.usd, origin)
      },
      bytes: () => undefined,
      end: () => undefined,
    }
  }

  /** Its body does not matter, but whether it succeeded cannot be told without its head. */
  missed(): void {}

  origin(): unknown {
    return this.#options.origin()
  }

  #find(url: string): PaidApi | undefined {
    const text = url.length > LONGEST ? url.slice(0, LONGEST) : url
    for (const { api, test } of this.#known)
      if (this.#options.guard.run('paidApis', () => test(text), false)) return api
    return undefined
  }
}

function tester(match: PaidApi['match']): (url: string) => boolean {
  if (typeof match === 'function') return (url) => match(url) === true
  if (typeof match === 'string') return testerOf(match)
  // With `g` or `y` an expression remembers where it stopped.
  const stateless = new RegExp(match.source, match.flags.replaceAll(/[gy]/g, ''))
  return (url) => stateless.test(url)
}

/** A pattern without a path takes all paths of the host; one without a `?` takes any query. */
function testerOf(pattern: string): (url: string) => boolean {
  const [scheme, rest] = split(pattern.toLowerCase())
  const fits = wildcard(rest)
  return (url) => {
    const [own, whole] = split(url.toLowerCase())
    if (own === '' || (scheme !== '' && scheme !== own)) return false
    const place = rest.includes('?') ? whole : whole.split('?', 1)[0]!
    if (rest.includes('/')) return fits(place)
    const host = place.split('/', 1)[0]!
    return fits(host) || fits(host.replace(/:\d+$/, ''))
  }
}

/** The scheme of a URL or a pattern, and the rest without user and fragment. */
function split(url: string): readonly [scheme: string, rest: string] {
  const at = url.indexOf('://')
  const scheme = at > 0 && /^[a-z][a-z0-9+.-]*$/.test(url.slice(0, at)) ? url.slice(0, at) : ''
  const rest = (scheme === '' ? url : url.slice(at + 3)).split('#', 1)[0]!
  return [scheme, rest.replace(/^[^/?@]*@/, '')]
}

/** Whether a text is what stands between the stars, in order: in time that grows with its length only. */
function wildcard(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return (text) => text === first
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const part of others) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= end
  }
}

/** The host of an absolute URL, without what may be in front of it. */
export function hostOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(url)?.[1]?.toLowerCase() || 'unknown'
}
