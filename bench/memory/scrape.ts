import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { scratch, tell } from '../launch.ts'
import { load } from '../library.ts'
import { idleTurn, LoopProbe } from '../loop.ts'
import { median } from '../stats.ts'

/** A scrape of 10,000 series. */
export interface Scraped {
  readonly first: number
  readonly ms: number
  readonly turn: number
  /** Of a thread with nothing to do beside a busy one. */
  readonly idle: number
  readonly bytes: number
  readonly lines: number
}

const SERIES = 9_900
const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
const file = scratch('metrics.db')
const { Metrics } = await load('index')
const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const metrics = new Metrics(server, { storage: `sqlite://${file}`, maxSeriesPerMetric: 10_000, log: () => undefined })
await metrics.ready
const jobs = metrics.counter('jobs')
const took = [metrics.histogram('took_seconds'), metrics.histogram('size_bytes')]
for (let i = 0; i < SERIES; i++) {
  const labels = { queue: `queue-${Math.floor(i / 3)}` }
  for (let n = 0; n < 20; n++) {
    if (i % 3 === 0) jobs.add(1, labels)
    else took[(i % 3) - 1]!.observe(Math.exp(2 * Math.random()), labels)
  }
}
await metrics.flush()
await sleep(500)

/** As a scraper does, over a socket; the bytes are counted and not looked at, which would be a long turn of our own making. */
function scrape(): Promise<{ ms: number; text: () => string }> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const headers = { accept: ACCEPT, connection: 'close' }
    get({ port, host: '127.0.0.1', path: '/metrics', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const ms = performance.now() - began
        const text = (): string => Buffer.concat(chunks).toString()
        if (response.statusCode === 200) resolve({ ms, text })
        else reject(new Error(`the scrape was answered by ${response.statusCode}: ${text().slice(0, 500)}`))
      })
    }).on('error', reject)
  })
}

const first = await scrape()
const text = first.text()
const later: number[] = []
for (let i = 0; i < 8; i++) {
  await sleep(100)
  later.push((await scrape()).ms)
}
const turns: number[] = []
const idle: number[] = []
// Reading five megabytes has turns of its own: a scraper has another thread for that.
const scraper = new Worker(new URL('scraper.ts', import.meta.url), { workerData: { port, accept: ACCEPT } })
for (let i = 0; i < 9; i++) {
  await sleep(100)
  const probe = new LoopProbe()
  scraper.postMessage('scrape')
  await once(scraper, 'message')
  turns.push(probe.stop())
  idle.push(await idleTurn(150))
}
await scraper.terminate()
await metrics.close()
tell({
  first: first.ms,
  ms: median(later),
  turn: median(turns),
  idle: median(idle),
  bytes: text.length,
  lines: text.split('\n').length,
} satisfies Scraped)
if (process.send === undefined) process.exit()
