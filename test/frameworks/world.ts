import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { HttpCollector } from '../../src/collectors/http.ts'
import { PROBES } from '../../src/collectors/ignored.ts'
import { Registry } from '../../src/core/registry.ts'
import { systemClock } from '../../src/core/time.ts'
import { find } from '../../src/frameworks/find.ts'
import { attach } from '../../src/server/server.ts'
import type { Watched } from '../../src/server/watch.ts'
import type { Features, TestApp } from '../apps/app.ts'

/** A series as a test looks at it. */
export interface Row {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly count: number
  readonly total: number
}

/** A Metrics instance without a store: what the hook records, read from memory. */
export class Recorder {
  readonly lines: string[] = []
  readonly faults: unknown[] = []
  readonly http: HttpCollector
  readonly #registry: Registry
  readonly detach: () => void

  constructor(app: unknown, options: Partial<Watched> = {}) {
    this.#registry = new Registry({
      writer: 'test',
      labels: {},
      maxSeries: 10_000,
      maxSeriesPerMetric: 1000,
      overflow: '__overflow__',
      overflowed: () => undefined,
    })
    this.http = new HttpCollector(this.#registry, {
      clock: systemClock,
      instance: 'test',
      slow: 1000,
      sample: 1,
      ignore: PROBES,
      maxEndpoints: 500,
    })
    this.detach = attach({
      app,
      framework: find(app),
      http: this.http,
      api: {
        handles: (url) => /^\/(metrics|health)([/?]|$)/.test(url),
        word: () => undefined,
        respond: async (request) => ({
          status: 200,
          headers: { 'content-type': 'text/plain' },
          body: request.method === 'HEAD' ? null : Buffer.from('ours'),
        }),
      },
      prefixes: [
        { option: 'path', path: '/metrics' },
        { option: 'healthPath', path: '/health' },
      ],
      failed: () => undefined,
      say: (_kind, line) => this.lines.push(line),
      fault: (error) => this.faults.push(error),
      ...options,
    }).detach
  }

  /** Every series, once all requests have ended. */
  async rows(metric?: string): Promise<Row[]> {
    await until(() => this.http.active === 0, 'requests in flight never ended')
    const texts = new Map(this.#registry.names(true).map(({ id, text }) => [id, JSON.parse(text)]))
    const rows = new Map<string, Row>()
    for (const { filled } of this.#registry.windows) {
      for (const { series, point } of filled) {
        const row = { metric: texts.get(series.metric).metric, labels: texts.get(series.labels).labels }
        const key = series.metric + series.labels
        const seen = rows.get(key) ?? { ...row, count: 0, total: 0 }
        rows.set(key, { ...seen, count: seen.count + point.count, total: seen.total + point.total })
      }
    }
    return [...rows.values()].filter((row) => metric === undefined || row.metric === metric)
  }

  /** `GET /users/:id 200` and how often, for each counted request. */
  async requests(): Promise<Record<string, number>> {
    const rows = await this.rows('http_requests')
    return Object.fromEntries(
      rows.map(({ labels, count }) => [`${labels['method']} ${labels['endpoint']} ${labels['status']}`, count])
    )
  }
}

/** An app that listens, and what is recorded of it. */
export interface World {
  readonly recorder: Recorder
  readonly port: number
  readonly server: Server
  readonly app: unknown
}

/** Starts an app with the library in one line; `late` constructs it after the app listens. */
export async function start(
  t: TestContext,
  app: TestApp,
  options: { features?: Features; late?: boolean; watched?: Partial<Watched> } = {}
): Promise<World> {
  const made = await app.make(options.features)
  let recorder = options.late === true ? undefined : new Recorder(made.app, options.watched)
  const server = await made.serve()
  const port = await listen(server)
  recorder ??= new Recorder(made.app, options.watched)
  const world = { recorder, port, server, app: made.app }
  t.after(async () => {
    world.recorder.detach()
    await shut(server)
    await made.stop?.()
  })
  return world
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export async function shut(server: Server): Promise<void> {
  server.closeAllConnections()
  if (!server.listening) return
  server.close()
  await once(server, 'close')
}

/** Sends text and gives all that comes back until the server closes, or `enough` of it. */
export async function raw(port: number, text: string, enough: (got: string) => boolean = () => false): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setEncoding('latin1')
  socket.write(text, 'latin1')
  let got = ''
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => resolve(), 3000)
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    socket.on('data', (piece: string) => {
      got += piece
      if (enough(got)) end()
    })
    socket.on('close', end)
    socket.on('error', end)
  })
  socket.destroy()
  return got
}

/** A connection that a case holds in its own hands. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** A whole request by itself on a connection. */
export function get(path: string, method = 'GET', headers = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n${headers}\r\n`
}

/** Waits for a thing that is about to happen. */
export async function until(happened: () => boolean, otherwise: string): Promise<void> {
  for (let turn = 0; turn < 3000; turn++) {
    if (happened()) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error(otherwise)
}
