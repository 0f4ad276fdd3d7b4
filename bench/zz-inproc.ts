import { type ChildProcess, fork } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { Duplex } from 'node:stream'
import { pathToFileURL } from 'node:url'

/**
 * What a library adds to one request: the whole framework and HTTP parser with a socket made of JavaScript, so that no
 * kernel is in between. Every variant in fresh processes, side by side; of each launch the best batch, of all launches
 * the median. `node bench/overhead-inprocess.ts [launches] [frameworks] [install.ts …]`
 */
const BATCH = 2_000
const BATCHES = 30

interface App {
  readonly app: unknown
  ready(): Promise<Server>
}

export const APPS: Readonly<Record<string, () => Promise<App>>> = {
  async fastify() {
    const { default: fastify } = await import('fastify')
    const app = fastify()
    app.get<{ Params: { id: string } }>('/users/:id', async (request) => ({ id: request.params.id }))
    return { app, ready: async () => (await app.ready(), app.server) }
  },
  async hono() {
    const { Hono } = await import('hono')
    const { createAdaptorServer } = await import('@hono/node-server')
    const app = new Hono()
    app.get('/users/:id', (c) => c.json({ id: c.req.param('id') }))
    return { app, ready: async () => createAdaptorServer({ fetch: app.fetch }) as Server }
  },
  async express() {
    const { default: express } = await import('express')
    const app = express()
    app.get('/users/:id', (request, response) => void response.json({ id: request.params['id'] }))
    return { app, ready: async () => createServer(app) }
  },
  async node() {
    const app = createServer((_request, response) => response.end('{"id":1}'))
    return { app, ready: async () => app }
  },
}

const REQUEST = Buffer.from('GET /users/42 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n')

/** A keep-alive connection that counts its answers. */
class Connection extends Duplex {
  answered: () => void = () => undefined
  setTimeout(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  override _read(): void {}
  override _write(_piece: unknown, _encoding: unknown, done: () => void): void {
    done()
    this.answered()
  }
  override _writev(_pieces: unknown, done: () => void): void {
    done()
    this.answered()
  }
}

async function child(framework: string, install: string): Promise<void> {
  const { app, ready } = await APPS[framework]!()
  if (install !== 'bare')
    await ((await import(pathToFileURL(install).href)) as { install(app: unknown): unknown }).install(app)
  const server = await ready()
  const connection = new Connection()
  server.emit('connection', connection)
  const one = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      connection.answered = resolve
      connection.push(REQUEST)
    })
    await new Promise((resolve) => setImmediate(resolve))
  }
  let best = Infinity
  for (let batch = 0; batch < BATCHES; batch++) {
    const before = process.cpuUsage()
    for (let n = 0; n < BATCH; n++) await one()
    const { user, system } = process.cpuUsage(before)
    if (batch > 4) best = Math.min(best, (user + system) / BATCH)
  }
  process.send!(best)
  process.disconnect()
  process.exit(0)
}

function launch(framework: string, install: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const started: ChildProcess = fork(import.meta.filename, ['child', framework, install])
    started.once('message', (best) => resolve(Number(best)))
    started.once('exit', (code) => code !== 0 && reject(new Error(`${framework} with ${install} ended with ${code}`)))
  })
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1]!

async function compare(framework: string, variants: readonly string[], launches: number): Promise<void> {
  const all = variants.map((): number[] => [])
  for (let round = 0; round < launches; round++) {
    const order = round % 2 === 0 ? [...variants.keys()] : [...variants.keys()].toReversed()
    for (const index of order) all[index]!.push(await launch(framework, variants[index]!))
  }
  for (const [index, variant] of variants.entries()) {
    // Pairs from one round stand under the same weather.
    const added = all[index]!.map((value, round) => value - all[0]![round]!)
    const [cost, more, least] = [median(all[index]!), median(added), Math.min(...all[index]!) - Math.min(...all[0]!)]
    const name = variant.split('/').at(-1)!
    console.log(
      `${framework.padEnd(8)} ${name.padEnd(24)} ${cost.toFixed(2)} µs  added ${more.toFixed(2)}  least ${least.toFixed(2)}`
    )
  }
}

const [mode = '8', frameworks = 'fastify,hono,express,node', ...installs] = process.argv.slice(2)
if (mode === 'child') await child(frameworks, installs[0]!)
else
  for (const framework of frameworks.split(',')) await compare(framework, ['bare', 'bare', ...installs], Number(mode))
