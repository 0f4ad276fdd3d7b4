import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
// Taken before the hub is there, as a client does that was made before us.
import { captured } from './captured.ts'
import { llmHub } from '../../../src/llm/hub.ts'
import type { Asked, Ending, Watched, Watcher } from '../../../src/llm/seen.ts'

export { captured }

llmHub()

/** Whose call it is, in the tests. */
export const route: AsyncLocalStorage<string> = new AsyncLocalStorage()

/** One exchange as the watcher of a test was told it. */
export class Told implements Watched {
  readonly asked: Asked
  readonly origin: unknown
  /** The request's body as it is known when the response begins, or when it was asked. */
  body: string | undefined
  status = 0
  type: string | undefined
  text = ''
  size = 0
  chunks = 0
  readonly endings: Ending[] = []

  constructor(asked: Asked, origin: unknown) {
    this.asked = asked
    this.origin = origin
    this.body = textOf(asked.body)
  }

  head(status: number, header: (name: string) => string | undefined): void {
    this.body ??= textOf(this.asked.body)
    this.status = status
    this.type = header('content-type')
  }

  bytes(chunk: Uint8Array): void {
    this.chunks++
    this.size += chunk.byteLength
    if (this.text.length < 100_000) this.text += Buffer.from(chunk).toString()
  }

  end(how: Ending): void {
    this.endings.push(how)
  }
}

function textOf(body: string | Uint8Array | undefined): string | undefined {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : body
}

/** A watcher that keeps what it is told; it wants every path below /v1/. */
export class Eye implements Watcher {
  readonly all: Told[] = []
  readonly missing: string[] = []
  readonly detach: () => void

  constructor(t: TestContext) {
    this.detach = llmHub().attach(this)
    t.after(this.detach)
  }

  wants(url: string): boolean {
    return url.includes('/v1/')
  }

  watch(asked: Asked, origin: unknown): Watched | undefined {
    const told = new Told(asked, origin)
    this.all.push(told)
    return told
  }

  missed(_url: string, why: string): void {
    this.missing.push(why)
  }

  origin(): unknown {
    return route.getStore()
  }

  /** The only exchange there was, once it is over. */
  async one(): Promise<Told> {
    await until(() => this.all.some((told) => told.endings.length > 0))
    const [told, ...more] = this.all
    if (told === undefined || more.length > 0) throw new Error(`${this.all.length} exchanges were told`)
    return told
  }
}

/** Waits for what happens on the other side of a socket; fails after five seconds. */
export async function until(happened: () => boolean, within = 5_000): Promise<void> {
  for (let left = within; !happened(); left -= 5) {
    if (left <= 0) throw new Error(`waited ${within} ms for ${happened.toString()}`)
    await sleep(5)
  }
}

/** A server on loopback, gone after the test; answers with its origin. */
export async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await listening(t, server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts any server on loopback and takes it away after the test. */
export async function listening(t: TestContext, server: Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
}

/** A listener that gives this body as JSON. */
export function json(text: string): RequestListener {
  return (request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(text))
  }
}

/** A listener that sends an event each few milliseconds for as long as anybody takes them. */
export function ticking(left: () => void, every = 5): RequestListener {
  return (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let count = 0
    const timer = setInterval(() => response.write(`data: {"n":${count++}}\n\n`), every)
    response.on('close', () => {
      clearInterval(timer)
      left()
    })
  }
}
