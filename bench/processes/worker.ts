import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from '../launch.ts'
import { load } from '../library.ts'
import { REQUESTS, Wire } from '../overhead/wire.ts'

/** What one process did. */
export interface Worked {
  readonly sent: number
  /** Event-loop delay, ms. */
  readonly p50: number
  readonly p99: number
  readonly longest: number
  /** CPU time of all threads while the load went on, µs for a request. */
  readonly cpu: number
  /** Resident memory when the load began, and the most that it came to, bytes. */
  readonly memory: number
  readonly mostMemory: number
  /** What the library says it dropped. */
  readonly dropped: number
  /** Lines that the library logged. */
  readonly lines: readonly string[]
}

const [variant = 'ours', storage = '', seconds = '10', perSecond = '1000'] = process.argv.slice(2)
const EVERY = 10
const lines: string[] = []
const server = createServer((_request, response) => {
  const body = '{"id":"1","name":"Ada Lovelace","plan":"pro","active":true}'
  response.setHeader('content-length', body.length)
  response.end(body)
})
const { Metrics } = await load('index')
const metrics =
  variant === 'ours' ? new Metrics(server, { storage, log: (line: string) => void lines.push(line) }) : undefined
await metrics?.ready
const burst = Math.round((Number(perSecond) * EVERY) / 1000)
const wires = Array.from({ length: burst }, () => new Wire())
for (const wire of wires) server.emit('connection', wire)

async function lost(): Promise<number> {
  const asked = new Request('http://localhost:3000/metrics', { headers: { host: 'localhost:3000' } })
  const answer = await metrics?.fetch(asked, { address: '127.0.0.1' })
  return ((await answer?.json()) as { dropped?: number } | undefined)?.dropped ?? 0
}

let sent = 0
function send(): void {
  for (const wire of wires) if (wire.idle) wire.request(REQUESTS[sent++ % REQUESTS.length]!)
}
for (let i = 0; i < 100; i++) {
  send()
  await sleep(EVERY)
}
// What came before counts, but is not measured.
const memory = process.memoryUsage.rss()
let mostMemory = memory
const watch = setInterval(() => (mostMemory = Math.max(mostMemory, process.memoryUsage.rss())), 500)
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const [cpuBefore, sentBefore] = [process.cpuUsage(), sent]
const until = performance.now() + Number(seconds) * 1000
let due = performance.now()
while (performance.now() < until) {
  // After a turn that came late what is due is sent at once, as requests would come.
  for (due = Math.max(due, performance.now() - 1000); due <= performance.now(); due += EVERY) send()
  await sleep(Math.max(0, due - performance.now()))
}
delay.disable()
clearInterval(watch)
const { user, system } = process.cpuUsage(cpuBefore)
const cpu = (user + system) / Math.max(1, sent - sentBefore)
while (wires.some((wire) => !wire.idle)) await sleep(5)
const dropped = await lost()
await metrics?.close()
const ms = (percentile: number): number => delay.percentile(percentile) / 1e6
tell({
  sent,
  p50: ms(50),
  p99: ms(99),
  longest: delay.max / 1e6,
  cpu,
  memory,
  mostMemory,
  dropped,
  lines,
} satisfies Worked)
if (process.send === undefined) process.exit()
