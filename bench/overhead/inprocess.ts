import type { Server } from 'node:http'
import { tell } from '../launch.ts'
import { type Framework, serverOf, type Variant } from './apps.ts'
import { REQUESTS, Wire } from './wire.ts'

/** What one batch took: µs of CPU per request. */
export interface InProcess {
  readonly cost: number
}

const CONNECTIONS = 16
/** Long enough for a few thousand requests, short enough that some batches meet no noise. */
const BATCH = 100

/** Sends requests for `ms`, one at a time on each connection, and waits for the last answer; answers how many. */
function batch(wires: readonly Wire[], ms: number): Promise<number> {
  let sent = 0
  const until = performance.now() + ms
  return new Promise((resolve) => {
    const turn = (): void => {
      const more = performance.now() < until
      let open = 0
      for (const wire of wires) {
        if (wire.idle && more) wire.request(REQUESTS[sent++ % REQUESTS.length]!)
        if (!wire.idle) open++
      }
      if (more || open > 0) setImmediate(turn)
      else resolve(sent)
    }
    turn()
  })
}

async function connected(server: Server): Promise<readonly Wire[]> {
  const wires = Array.from({ length: CONNECTIONS }, () => new Wire())
  for (const wire of wires) server.emit('connection', wire)
  return wires
}

async function measured(wires: readonly Wire[]): Promise<InProcess> {
  // All threads: the collector's, and the one that ours keeps its store in.
  const before = process.cpuUsage()
  const count = await batch(wires, BATCH)
  const { user, system } = process.cpuUsage(before)
  return { cost: (user + system) / count }
}

const [framework = 'fastify', variant = 'bare', warmUp = '1000'] = process.argv.slice(2)
const wires = await connected(await serverOf(framework as Framework, variant as Variant))
await batch(wires, Number(warmUp))
tell({ warm: true })
process.on('message', () => void measured(wires).then(tell))
if (process.send === undefined) {
  for (let i = 0; i < 20; i++) tell(await measured(wires))
  process.exit()
}
