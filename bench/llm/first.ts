import { subscribe } from 'node:diagnostics_channel'
import { tell } from '../launch.ts'
import { load } from '../library.ts'
import { quantile } from '../stats.ts'

/** From the arrival of a first piece in undici to the app's hands, µs. */
export interface Delay {
  readonly p50: number
  readonly p99: number
  /** CPU of the process for a streamed call, µs. */
  readonly cpu: number
}

const CALLS = 1500
const WARM = 1000

// Streams a short answer again and again, one at a time, as an SDK reads it.
const [variant = 'ours', url = ''] = process.argv.slice(2)
if (variant === 'ours') {
  const { Metrics } = await load('index')
  void new Metrics({ storage: 'memory://', log: () => undefined })
}
let arrived = 0
subscribe('undici:request:bodyChunkReceived', () => {
  if (arrived === 0) arrived = performance.now()
})
const body = JSON.stringify({ model: 'gpt-4o', stream: true, stream_options: { include_usage: true } })
const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }

async function call(): Promise<number> {
  arrived = 0
  const response = await fetch(`${url}/v1/chat/completions`, init)
  let delay = -1
  for await (const _ of response.body as AsyncIterable<Uint8Array>) if (delay < 0) delay = performance.now() - arrived
  return delay * 1000
}

for (let i = 0; i < WARM; i++) await call()
const before = process.cpuUsage()
const delays: number[] = []
for (let i = 0; i < CALLS; i++) delays.push(await call())
const { user, system } = process.cpuUsage(before)
tell({ p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), cpu: (user + system) / CALLS } satisfies Delay)
if (process.send === undefined) process.exit()
