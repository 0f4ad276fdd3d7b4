/** Paths longer than this are cut, and segments beyond these many left out. */
const LONGEST = 512
const DEEPEST = 8

/** The path of a request target without query and authority. Never throws, linear. */
export function pathOf(url: string): string {
  let start = 0
  if (url.charCodeAt(0) !== 47) {
    const scheme = url.indexOf('://')
    if (scheme > 0 && scheme < 10) {
      start = url.indexOf('/', scheme + 3)
      if (start < 0) return '/'
    }
  }
  let end = url.length
  const query = url.indexOf('?', start)
  if (query >= 0) end = query
  const hash = url.indexOf('#', start)
  if (hash >= 0 && hash < end) end = hash
  return url.slice(start, end)
}

/** A path with everything that looks like an id, a name or a secret replaced by `:id`. */
export function normalise(path: string): string {
  const parts = path.slice(0, LONGEST).split('/', DEEPEST + 2)
  let out = ''
  let depth = 0
  for (const part of parts) {
    if (part === '') continue
    if (++depth > DEEPEST) return `${out}/*`
    out += isId(part) ? '/:id' : `/${part}`
  }
  return out === '' ? '/' : out
}

const DIGITS = /^[\d.,_-]+$/
const HEX = /^[\da-f-]{16,}$/i
/** 26 of Crockford's alphabet: a ULID. */
const ULID = /^[0-7][\dA-HJKMNP-TV-Z]{25}$/i
const WORDS = /^[A-Za-z][A-Za-z-]*[A-Za-z]$/

function isId(part: string): boolean {
  if (part.length >= 40) return true
  let digits = 0
  let uppers = 0
  for (let at = 0; at < part.length; at++) {
    const code = part.charCodeAt(at)
    // Escapes, e-mail addresses, spaces and what no route is named with.
    if (code === 37 || code === 64 || code <= 32 || code >= 127) return true
    if (code >= 48 && code <= 57) digits++
    else if (code >= 65 && code <= 90) uppers++
  }
  if (HEX.test(part) || ULID.test(part)) return true
  if (digits === 0) return part.length >= 24 && !WORDS.test(part)
  if (digits >= 5 || DIGITS.test(part)) return true
  return part.length >= 20 || (part.length >= 12 && uppers >= 2)
}

/** Names paths where there is no router, so many different ones and no more. */
export class Paths {
  readonly #known = new Set<string>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** The normalised path; undefined when there are too many of them. */
  name(path: string): string | undefined {
    if (this.#known.has(path)) return path
    const name = normalise(path)
    if (this.#known.has(name)) return name
    if (this.#known.size >= this.#most) return undefined
    this.#known.add(name)
    return name
  }
}
