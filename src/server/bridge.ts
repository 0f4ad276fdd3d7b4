import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Api } from '../api/api.ts'
import type { Word } from '../api/probe.ts'
import type { ApiRequest, ApiResponse } from '../api/request.ts'

/**
 * Answers a request for one of our routes on Node's own request and response; nothing is left hanging. A probe has its
 * word at once and without a promise, so that a crowd of them is answered as fast as Node can.
 */
export function answer(
  api: Pick<Api, 'respond' | 'word'>,
  request: IncomingMessage,
  response: ServerResponse,
  fault: (error: unknown) => void
): void {
  const word = asWord(api, request, fault)
  if (word !== undefined && !(word instanceof Promise)) return tell(word, request, response)
  // Nothing is read from a body; unread it would block the connection's next request.
  request.resume()
  response.on('error', fault)
  const told = word === undefined ? run(api, request, response) : word.then((one) => tell(one, request, response))
  told.catch((error: unknown) => {
    fault(error)
    if (response.headersSent) response.destroy()
    else response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":"unavailable"}')
  })
}

function asWord(
  api: Pick<Api, 'word'>,
  request: IncomingMessage,
  fault: (error: unknown) => void
): ReturnType<Api['word']> {
  try {
    return api.word(request)
  } catch (error) {
    fault(error)
    return undefined
  }
}

function tell({ status, headers, text }: Word, request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return
  response.writeHead(status, headers)
  response.end(request.method === 'HEAD' ? undefined : text, 'latin1')
}

const SLICE = 65_536

async function run(api: Pick<Api, 'respond'>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body } = await api.respond(asked(request))
  if (response.destroyed) return
  response.writeHead(status, { ...headers })
  if (body === null) response.end()
  else if (!(body instanceof Uint8Array)) await send(body, response)
  else if (body.length <= SLICE) response.end(body)
  else await send(slices(body), response)
}

/** A request of Node's as the API takes it. */
export function asked(request: IncomingMessage): ApiRequest {
  const { method = 'GET', url = '/', socket } = request
  return {
    method,
    url,
    headers: distinct(request),
    peer: socket.remoteAddress ?? '',
    encrypted: (socket as TLSSocket).encrypted === true,
    raw: request,
  }
}

// `headers` keeps the first of two Authorization headers and drops the second: who may come in must see both.
function distinct(request: IncomingMessage): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = Object.create(null) as never
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values !== undefined) headers[name] = values.length === 1 ? values[0]! : values
  }
  return headers
}

/** A scrape can be megabytes: written at once it would hold the event loop for as long as the copy takes. */
async function* slices(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += SLICE) {
    yield body.subarray(at, at + SLICE)
    await new Promise(setImmediate)
  }
}

async function send(pieces: Exclude<ApiResponse['body'], Uint8Array | null>, response: ServerResponse): Promise<void> {
  for await (const piece of pieces) {
    if (response.destroyed) return
    if (!response.write(piece)) await roomOrEnd(response)
  }
  response.end()
}

function roomOrEnd(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go)
      response.off('close', go)
      resolve()
    }
    response.on('drain', go)
    response.on('close', go)
  })
}
