import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import type { Asked, Ending } from '../seen.ts'
import { listen } from './listen.ts'
import { RawResponse } from './raw.ts'
import { patchSessions } from './sessions.ts'
import { tap } from './tap.ts'
import type { Veil } from './veil.ts'
import type { Watchers } from './watchers.ts'

const CANCEL = 8

/** Sees clients of node:http2: the AWS SDK's for Bedrock. */
export function watchHttp2(watchers: Watchers, veil: Veil): () => void {
  const seen = new WeakSet()
  const created = (stream: ClientHttp2Stream, headers: OutgoingHttpHeaders): void => {
    if (seen.has(stream)) return
    seen.add(stream)
    const url = urlOf(headers)
    if (watchers.wants(url) && !isUndici(stream.session) && !veil.hidden) watch(watchers, url, stream, headers)
  }
  const stop = listen('http2.client.stream.', {
    created(message) {
      const { stream, headers } = message as { stream: ClientHttp2Stream; headers: OutgoingHttpHeaders }
      created(stream, headers)
    },
  })
  // Node 20 and the first 22 have no such channel.
  const restore = Number.parseInt(process.versions.node, 10) < 24 ? patchSessions(created) : undefined
  return () => {
    stop()
    restore?.()
  }
}

function watch(watchers: Watchers, url: string, stream: ClientHttp2Stream, headers: OutgoingHttpHeaders): void {
  const exchange = watchers.begin(new Http2Asked(url, headers))
  if (exchange === undefined) return
  const raw = new RawResponse(exchange)
  const { session } = stream
  let whole = false
  stream.prependOnceListener('response', (answer: IncomingHttpHeaders) => {
    raw.head(Number(answer[':status']), (name) => headerOf(answer[name]))
    if (whole) raw.end('whole')
  })
  tap(stream, 'push', ([chunk]) => {
    if (chunk !== null) return raw.bytes(chunk)
    // A stream that is reset ends, too; and one that is empty does before its head is told.
    whole ||= !stream.destroyed && !stream.rstCode
    if (whole && raw.begun) raw.end('whole')
  })
  stream.once('close', () => raw.end(endingOf(stream.rstCode, session, raw.begun)))
}

class Http2Asked implements Asked {
  readonly url: string
  readonly method: string
  /** Such calls name the model in their path. */
  readonly body: undefined
  readonly #headers: OutgoingHttpHeaders

  constructor(url: string, headers: OutgoingHttpHeaders) {
    this.url = url
    this.method = headerOf(headers[':method']) ?? 'GET'
    this.#headers = headers
  }

  header(name: string): string | undefined {
    return headerOf(this.#headers[name])
  }
}

function urlOf(headers: OutgoingHttpHeaders): string {
  const authority = headers[':authority'] ?? headers['host'] ?? ''
  return `${headerOf(headers[':scheme']) ?? 'https'}://${headerOf(authority)}${headerOf(headers[':path']) ?? '/'}`
}

function headerOf(value: number | string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value?.toString()
}

// undici speaks HTTP/2 too, and is seen by a net of its own. It keeps its client on the session.
function isUndici(session: object | undefined): boolean {
  return Object.getOwnPropertySymbols(session ?? {}).some((symbol) => symbol.description === 'client')
}

// A stream that the app gives up is cancelled, or closed without a code; so are those of a connection that broke.
function endingOf(code: number | undefined, session: ClientHttp2Stream['session'], begun: boolean): Ending {
  const broken = session === undefined || session.destroyed || session.socket.destroyed
  if (broken || (code !== undefined && code !== 0 && code !== CANCEL)) return 'failed'
  return begun ? 'left' : 'aborted'
}
