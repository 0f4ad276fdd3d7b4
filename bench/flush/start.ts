import { setTimeout as sleep } from 'node:timers/promises'
import { scratch, tell } from '../launch.ts'
import { load } from '../library.ts'
import { threadCpu } from '../loop.ts'

/** What it takes to have metrics at all. */
export interface Started {
  /** Import and construct, ms, by the clock and by the main thread's CPU time. */
  readonly wall: number
  readonly cpu: number
  /** Growth of resident memory until the store is open and the first flush kept, worker thread included, bytes. */
  readonly memory: number
}

// What every app that answers requests has loaded already.
const { createServer } = await import('node:http')
await import('node:url')
const server = createServer(() => undefined)
const file = scratch('metrics.db')
await sleep(200)
const before = { memory: process.memoryUsage.rss(), cpu: threadCpu(), wall: performance.now() }
const { Metrics } = await load('index')
const metrics = new Metrics(server, { storage: `sqlite://${file}`, log: () => undefined })
const wall = performance.now() - before.wall
const cpu = threadCpu() - before.cpu
await metrics.ready
metrics.track('started')
await metrics.flush()
await sleep(500)
const memory = process.memoryUsage.rss() - before.memory
await metrics.close()
tell({ wall, cpu, memory } satisfies Started)
if (process.send === undefined) process.exit()
