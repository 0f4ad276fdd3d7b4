import type { Asked } from '../seen.ts'

const FIELD = 256

/** The URL that `fetch` would ask for; undefined for what it would refuse, or reads in a way of its own. */
export function urlOf(input: unknown): string | undefined {
  if (typeof input === 'string') return input
  if (input instanceof URL) return input.href
  const url = (input as { url?: unknown } | null | undefined)?.url
  return typeof url === 'string' ? url : undefined
}

/** The signal that ends a call of `fetch`. */
export function signalOf(input: unknown, init: unknown): AbortSignal | undefined {
  try {
    return ((init as RequestInit | undefined)?.signal ?? (input as Request).signal) || undefined
  } catch {
    return undefined
  }
}

/** What the arguments of `fetch` say. Nothing that can be read only once is touched: no stream, no iterator. */
export class FetchAsked implements Asked {
  readonly method: string
  readonly url: string
  readonly body: string | Uint8Array | undefined
  readonly #headers: unknown
  #read: Headers | undefined

  constructor(url: string, input: unknown, init: unknown) {
    const given = (init ?? {}) as RequestInit
    const request = typeof input === 'object' && !(input instanceof URL) ? (input as Request | null) : null
    this.url = url
    this.method = String(given.method ?? request?.method ?? 'GET').toUpperCase()
    this.body = bodyOf(given.body)
    this.#headers = given.headers ?? request?.headers
  }

  header(name: string): string | undefined {
    try {
      this.#read ??= headersOf(this.#headers)
      return this.#read.get(name) ?? undefined
    } catch {
      return undefined
    }
  }
}

function headersOf(given: unknown): Headers {
  if (given instanceof Headers) return given
  const once = typeof given === 'object' && given !== null && Symbol.iterator in given && !Array.isArray(given)
  return new Headers(once ? undefined : (given as Record<string, string> | undefined))
}

function bodyOf(body: unknown): string | Uint8Array | undefined {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  if (body instanceof FormData) return fieldsOf(body)
  return undefined
}

/** The short text fields of a form, as the JSON that other calls send: `model` among them. */
function fieldsOf(form: FormData): string {
  const fields = [...form].filter(([, value]) => typeof value === 'string' && value.length <= FIELD)
  return JSON.stringify(Object.fromEntries(fields))
}
