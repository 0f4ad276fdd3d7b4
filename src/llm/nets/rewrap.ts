import type { Ending } from '../seen.ts'
import type { Exchange } from './exchange.ts'
import { passing } from './passing.ts'

/** What of a response is pulled before the app reads it: a small JSON answer is read also when nobody awaits it. */
const AHEAD = 65_536

/**
 * The response with its body watched on the way to the app: read, cancelled and aborted as before, never copied. A
 * response that cannot be watched is given back as it is.
 */
export function rewrap(response: Response, exchange: Exchange, ending: (error: unknown) => Ending): Response {
  exchange.head(response.status, (name) => response.headers.get(name) ?? undefined)
  const { body } = response
  if (body === null) {
    exchange.end('whole')
    return response
  }
  const ahead = isWhole(response.headers.get('content-type')) ? AHEAD : 0
  const passage = passing(body, exchange, ahead, ending)
  try {
    return dress(remade(response, passage.stream), response)
  } catch {
    passage.giveBack()
    exchange.lose('the response is of a kind that cannot be read on its way')
    return response
  }
}

// Streams are pulled only as far as the app reads: what it does not read must not be generated for nothing.
function isWhole(type: string | null): boolean {
  return type !== null && /^[^;]*[/+]json\b(?!-)/i.test(type)
}

function remade(response: Response, stream: ReadableStream): Response {
  // Its own kind, since undici's `fetch` from npm gives another than the global one.
  const Kind = Object.getPrototypeOf(response).constructor as typeof Response
  if (Kind.name !== 'Response') throw new TypeError('not a Response')
  const { status, statusText, headers } = response
  return new Kind(stream, { status, statusText, headers })
}

// A Response that is made from a stream has forgotten these; so has each of its clones. Its headers could be changed.
function dress(made: Response, original: Response): Response {
  for (const name of ['url', 'type', 'redirected', 'headers'] as const) define(made, name, original[name], false)
  for (const name of Object.getOwnPropertyNames(original)) {
    Object.defineProperty(made, name, Object.getOwnPropertyDescriptor(original, name)!)
  }
  const native = Object.getPrototypeOf(made).clone as () => Response
  define(made, 'clone', function clone(this: Response): Response {
    return dress(native.call(this), original)
  })
  return made
}

function define(holder: object, name: string, value: unknown, writable = true): void {
  Object.defineProperty(holder, name, { value, writable, configurable: true, enumerable: false })
}
