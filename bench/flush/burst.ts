import { setTimeout as sleep } from 'node:timers/promises'
import { scratch, tell } from '../launch.ts'
import { load } from '../library.ts'
import { idleTurn, LoopProbe } from '../loop.ts'
import { REQUESTS, Wire } from '../overhead/wire.ts'

/** The longest turn of the event loop, ms. */
export interface Burst {
  readonly turn: number
  /** With nothing to do, beside a thread that is busy for as long as the flush took. */
  readonly idle: number
}

// After a quiet time every request is kept as an event, up to a limit: the flush that carries them.
const { Metrics } = await load('index')
const { createServer } = await import('node:http')

const file = scratch('metrics.db')
const server = createServer((_, response) => response.end('{}'))
const metrics = new Metrics(server, { storage: `sqlite://${file}`, flushEvery: '1h', log: () => undefined })
await metrics.ready

const wire = new Wire()
server.emit('connection', wire)
for (let sent = 0; sent < 20_000;) {
  if (wire.idle) wire.request(REQUESTS[sent++ % REQUESTS.length]!)
  await new Promise(setImmediate)
}
await sleep(200)
const probe = new LoopProbe()
const began = performance.now()
await metrics.flush()
const took = performance.now() - began
const turn = probe.stop()
await metrics.close()
// For as long: the longest of many turns is the longer, the more there are.
tell({ turn, idle: await idleTurn(took) } satisfies Burst)
if (process.send === undefined) process.exit()
