import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'

const AGAIN = 1_000

type Created = (stream: ClientHttp2Stream, headers: OutgoingHttpHeaders) => void
type Request = (this: ClientHttp2Session, headers?: OutgoingHttpHeaders, options?: object) => ClientHttp2Stream

/**
 * Tells of the streams that HTTP/2 sessions of any client open, for Nodes that have no channel for it. node:http2 is
 * never loaded on our account: until the app has loaded it, there is nothing to see.
 */
export function patchSessions(created: Created): () => void {
  let restore: (() => void) | undefined
  const attempt = (): void => {
    if (restore !== undefined || !isLoaded()) return
    clearInterval(timer)
    try {
      restore = patch(sessionPrototype(), created)
    } catch {
      restore = () => undefined
    }
  }
  const timer = setInterval(attempt, AGAIN)
  timer.unref()
  attempt()
  return () => {
    clearInterval(timer)
    restore?.()
  }
}

function isLoaded(): boolean {
  const { moduleLoadList } = process as unknown as { moduleLoadList?: readonly string[] }
  return moduleLoadList?.includes('NativeModule http2') ?? false
}

// Its class is not exported: one session, on a stream that leads nowhere, shows it.
function sessionPrototype(): { request: Request } {
  const { connect } = process.getBuiltinModule('node:http2')
  const { Duplex } = process.getBuiltinModule('node:stream')
  const nowhere = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
  const session = connect('http://localhost', { createConnection: () => nowhere })
  session.on('error', () => undefined)
  const prototype = Object.getPrototypeOf(session) as { request: Request }
  session.destroy()
  return prototype
}

function patch(prototype: { request: Request }, created: Created): () => void {
  const original = prototype.request
  let live = true
  const request: Request = function request(headers, options) {
    const stream = original.call(this, headers, options)
    try {
      if (live) created(stream, stream.sentHeaders ?? headers ?? {})
    } catch {
      // The app gets its stream.
    }
    return stream
  }
  Object.defineProperty(request, 'length', { value: original.length })
  prototype.request = request
  return () => {
    live = false
    if (prototype.request === request) prototype.request = original
  }
}
