import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { chat, embeddings, images } from './shapes/chat.ts'
import { encoded, split } from './shapes/cut.ts'
import { gemini } from './shapes/gemini.ts'
import { countTokens, messages } from './shapes/messages.ts'
import { responses } from './shapes/responses.ts'
import { type Asked, json, type Reply, TEXT } from './shapes/shape.ts'

/** What a test may ask for: `provider.url({ chunk: '1', encoding: 'gzip' })`. */
export interface Manner {
  /** Tells apart what counts by itself: `fail` of one test from that of another. */
  readonly id?: string
  /** How the bytes are cut: as the frames are, to so many bytes, or inside of characters. */
  readonly chunk?: 'frame' | 'inside' | number
  readonly crlf?: boolean
  readonly encoding?: 'gzip' | 'br' | 'deflate'
  /** So many requests are refused first, with `status` (429). */
  readonly fail?: number
  readonly status?: number
  /** Milliseconds before the head, and between frames. */
  readonly wait?: number
  readonly pause?: number
  /** After so many frames: the provider's own error, a dead connection, silence. */
  readonly trouble?: number
  readonly die?: number
  readonly hang?: number
  /** The text is made this many bytes long. */
  readonly size?: number
  /** USD that a gateway says in its header. */
  readonly cost?: number
}

/** One request as it went. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly id: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  status: number
  /** Bytes of the answer that the connection took. */
  sent: number
  /** `whole`: all was sent; `left`: the client closed before. */
  ended: 'open' | 'whole' | 'left'
}

/** A server on loopback that speaks as the providers do, with the same tokens each time. */
export class Provider {
  readonly exchanges: Exchange[] = []
  readonly #failed = new Map<string, number>()
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response))

  /** Listens on a free port. */
  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Where it answers in a manner; put a provider's path behind it. */
  url(manner: Manner = {}): string {
    const { port } = this.#server.address() as AddressInfo
    const wishes = Object.entries(manner).map(([key, value]) => `${key}=${String(value)}`)
    return `http://127.0.0.1:${port}${wishes.length > 0 ? `/~${wishes.join(',')}` : ''}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { manner, path, query } = read(request.url ?? '/')
    const exchange = await taken(request, path, manner)
    this.exchanges.push(exchange)
    response.on('close', () => (exchange.ended = response.writableFinished ? 'whole' : 'left'))
    const refused = this.#failed.get(exchange.id) ?? 0
    if (refused < (manner.fail ?? 0)) {
      this.#failed.set(exchange.id, refused + 1)
      return refuse(response, exchange, manner.status ?? 429)
    }
    const body = parsed(exchange.body)
    const text = manner.size === undefined ? TEXT : 'lorem ipsum '.repeat(Math.ceil(manner.size / 12))
    const reply = route({ method: exchange.method, path, query, body, text, cost: manner.cost })
    if (manner.wait !== undefined) await pause(manner.wait)
    await send(response, exchange, reply, manner)
  }
}

function read(url: string): { manner: Manner; path: string; query: URLSearchParams } {
  const { pathname, searchParams } = new URL(url, 'http://provider.test')
  const [, wishes, path] = /^\/~([^/]*)(\/.*)$/.exec(pathname) ?? [undefined, '', pathname]
  const manner = Object.fromEntries(
    (wishes ?? '').split(',').map((wish) => {
      const [key = '', value = ''] = wish.split('=')
      return [key, /^[\d.]+$/.test(value) && key !== 'id' ? Number(value) : value]
    })
  )
  return { manner, path: path ?? '/', query: searchParams }
}

async function taken(request: IncomingMessage, path: string, manner: Manner): Promise<Exchange> {
  const got: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) got.push(piece)
  const { method = 'GET', headers } = request
  const body = Buffer.concat(got).toString()
  return { method, path, id: manner.id ?? '', headers, body, status: 0, sent: 0, ended: 'open' }
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

const LISTS = /\/(models|responses\/[^/]+)$/

function route(asked: Asked): Reply {
  const { method, path } = asked
  if (method === 'GET' && LISTS.test(path)) return json({ object: 'list', data: [], usage: { total_tokens: 5 } })
  if (method !== 'POST') return { ...json({ error: { message: 'Not found' } }), status: 404 }
  if (path.endsWith('/chat/completions')) return chat(asked)
  if (path.endsWith('/embeddings')) return embeddings(asked)
  if (path.endsWith('/images/generations')) return images(asked)
  if (path.endsWith('/responses')) return responses(asked)
  if (path.endsWith('/messages')) return messages(asked)
  if (path.endsWith('/messages/count_tokens')) return countTokens()
  if (/\/models\/[^/]+:\w+$/.test(path)) return gemini(asked)
  // Not a provider at all: an app's own API of that name.
  return json({ ok: true, path, data: asked.text })
}

// The SDKs wait as long as they are told to: https://platform.openai.com/docs/guides/rate-limits
function refuse(response: ServerResponse, exchange: Exchange, status: number): void {
  exchange.status = status
  const error = {
    message: 'Rate limit reached for requests',
    type: 'requests',
    param: null,
    code: 'rate_limit_exceeded',
  }
  const body = JSON.stringify({ type: 'error', error })
  exchange.sent = body.length
  response
    .writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '5', 'retry-after': '0' })
    .end(body)
}

async function send(response: ServerResponse, exchange: Exchange, reply: Reply, manner: Manner): Promise<void> {
  exchange.status = reply.status ?? 200
  const encoding = manner.encoding === undefined ? {} : { 'content-encoding': manner.encoding }
  response.writeHead(exchange.status, { 'content-type': reply.type, ...reply.headers, ...encoding })
  const last = manner.trouble ?? manner.die ?? manner.hang
  const frames = [...reply.frames.slice(0, last), ...(manner.trouble !== undefined ? [reply.trouble ?? ''] : [])]
  const texts = manner.crlf === true ? frames.map((frame) => frame.replace(/\r?\n/g, '\r\n')) : frames
  for await (const piece of encoded(texts, manner.encoding)) {
    for (const part of split(piece, manner.chunk ?? 'frame')) {
      if (!(await written(response, part))) return
      exchange.sent += part.length
    }
    if (manner.pause !== undefined) await pause(manner.pause)
  }
  if (manner.hang !== undefined) return
  if (manner.die === undefined) return void response.end()
  await pause(5)
  response.socket?.destroy()
}

/** Waits until the connection takes more; false once there is none. */
async function written(response: ServerResponse, part: Uint8Array): Promise<boolean> {
  if (response.destroyed) return false
  if (response.write(part)) return true
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
  return !response.destroyed
}
