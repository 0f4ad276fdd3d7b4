import { statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { scratch, tell } from '../launch.ts'
import { load, peer } from '../library.ts'

/** What a server takes, bytes. */
export interface Taken {
  readonly memory: number
  readonly heap: number
  readonly store: number
}

interface FastifyApp {
  get(path: string, route: () => object): void
  listen(options: object): Promise<string>
  readonly server: { address(): AddressInfo }
}

// A Fastify server with or without us; answers each message with what it takes after collecting garbage.
const [variant = 'ours'] = process.argv.slice(2)
const file = scratch('metrics.db')
const app = peer<() => FastifyApp>('fastify')()
let flush = async (): Promise<unknown> => undefined
if (variant === 'ours') {
  const { Metrics } = await load('index')
  const metrics = new Metrics(app, { storage: `sqlite://${file}`, log: () => undefined })
  flush = () => metrics.flush()
}
app.get('/users/:id', () => ({ id: 1, name: 'Ada Lovelace' }))
await app.listen({ port: 0, host: '127.0.0.1' })

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

async function settled(): Promise<Taken> {
  for (let i = 0; i < 10; i++) {
    await flush()
    await sleep(50)
    globalThis.gc?.()
  }
  await sleep(500)
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  // The log of a WAL is bounded and used again: what is kept is in the file once it is folded back.
  return { memory: rss, heap: heapUsed, store: checkpointed() }
}

/** Bytes of the file, as it would be with its log folded in. */
function checkpointed(): number {
  if (variant !== 'ours') return 0
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const database = new DatabaseSync(file)
  const { page_count: pages } = database.prepare('PRAGMA page_count').get() as { page_count: number }
  const { page_size: page } = database.prepare('PRAGMA page_size').get() as { page_size: number }
  database.close()
  return Math.max(pages * page, sizeOf(file))
}

process.on('message', () => void settled().then(tell))
tell({ port: app.server.address().port })
