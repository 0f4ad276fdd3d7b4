import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** One message that arrived. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Record<string, unknown>
}

/** How a receiver answers: a status, with headers and a body; `hang` never does. */
export type Reply = number | 'hang' | { status: number; headers?: Record<string, string>; body?: string }

/** A receiver of webhooks that misbehaves on demand. */
export class Receiver {
  readonly got: Received[] = []
  url = ''
  reply: (at: number) => Reply = () => 200

  /** Types of what came, refused or not. */
  get types(): unknown[] {
    return this.got.map(({ body }) => body['type'])
  }
}

/** Starts a receiver that is gone when the test ends. */
export async function receiver(t: TestContext, reply: Receiver['reply'] = () => 200): Promise<Receiver> {
  const made = new Receiver()
  made.reply = reply
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const { url: path = '', headers } = request
      made.got.push({ path, headers, text, body: JSON.parse(text) as Record<string, unknown> })
      const said = made.reply(made.got.length - 1)
      if (said === 'hang') return
      const { status, headers: more = {}, body = 'ok' } = typeof said === 'number' ? { status: said } : said
      response.writeHead(status, more).end(body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return made
}
