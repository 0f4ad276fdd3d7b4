import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from '../launch.ts'
import { load } from '../library.ts'
import { LoopProbe } from '../loop.ts'
import { median } from '../stats.ts'

/** A scrape of 10,000 series. */
export interface Scraped {
  readonly first: number
  readonly ms: number
  readonly turn: number
  readonly bytes: number
  readonly lines: number
}

const SERIES = 9_900
const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
const file = join(tmpdir(), `pocketmetrics-bench-${process.pid}.db`)
const { Metrics } = await load('index')
const metrics = new Metrics({ storage: `sqlite://${file}`, maxSeriesPerMetric: 10_000, log: () => undefined })
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

async function scrape(): Promise<{ ms: number; text: string }> {
  const request = new Request('http://localhost:3000/metrics', { headers: { host: 'localhost:3000', accept: ACCEPT } })
  const began = performance.now()
  const answer = await metrics.fetch(request, { address: '127.0.0.1' })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`the scrape was answered by ${answer.status}: ${text.slice(0, 500)}`)
  return { ms: performance.now() - began, text }
}

// Node loads its Request and Response at their first use; that is not ours to pay.
await new Response('').text()
const first = await scrape()
const later: number[] = []
for (let i = 0; i < 8; i++) {
  await sleep(100)
  later.push((await scrape()).ms)
}
const turns: number[] = []
for (let i = 0; i < 5; i++) {
  await sleep(100)
  const probe = new LoopProbe()
  await scrape()
  turns.push(probe.stop())
}
await metrics.close()
for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
tell({
  first: first.ms,
  ms: median(later),
  turn: median(turns),
  bytes: first.text.length,
  lines: first.text.split('\n').length,
} satisfies Scraped)
if (process.send === undefined) process.exit()
