import { writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { wall } from './clock.ts'
import { batchOf, itemOf, nameOf, valueOf } from './items.ts'

/**
 * A real app in a process of its own: it records what it is asked to, and writes to pipe 3 what the library has told it
 * to be kept. What is in a pipe survives the process.
 */
const { CHAOS_STORAGE = '', CHAOS_BEGAN = '', CHAOS_PLACE = '', CHAOS_LISTENS, CHAOS_FLUSH = '50ms' } = process.env
const real = Date.now
let offset = 0
// Before the library is loaded: its clock is this one.
Date.now = () => wall(Number(CHAOS_BEGAN), real()) + offset
const { Metrics } = await import('../src/index.ts')

const server = createServer((request, response) => void serve(request, response))
// After a freeze it would close what its clients are just using.
server.keepAliveTimeout = 0
const metrics = new Metrics(server, {
  storage: CHAOS_STORAGE,
  flushEvery: CHAOS_FLUSH,
  instance: `app-${CHAOS_PLACE}`,
  route: ({ url = '/' }) => url.split('?')[0],
  ignore: ['/ctl/*'],
  system: false,
  log: (line) => tell(`log ${line}`),
})

/** Recorded, and not yet known to be kept: values, and requests. */
let values: string[] = []
let requests = 0

function tell(line: string): void {
  writeSync(3, `${line}\n`)
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://app')
  if (url.pathname === '/ctl/settle') return void response.end(String(await settle()))
  if (url.pathname === '/ctl/clock') return void response.end(String((offset = Number(url.searchParams.get('offset')))))
  const item = itemOf(url.searchParams.get('item') ?? '')
  const labels = { batch: batchOf(item) }
  if (item.kind === 'money') metrics.track('money', valueOf(item), labels)
  else metrics.track('orders', valueOf(item), labels, { id: item.number })
  values.push(nameOf(item))
  // The library counts a request when its response has closed.
  response.on('close', () => setImmediate(() => requests++))
  response.end(nameOf(item))
}

/** One flush; what was recorded before it is acknowledged if it succeeds. */
async function acknowledge(): Promise<boolean> {
  const [before, count] = [values, requests]
  values = []
  requests = 0
  const kept = await metrics.flush()
  if (kept) tell(`kept ${count} ${before.join(' ')}`)
  else {
    values = [...before, ...values]
    requests += count
  }
  return kept
}

async function settle(): Promise<boolean> {
  for (const end = real() + 30_000; real() < end; await pause(100)) if (await acknowledge()) return true
  return false
}

if (CHAOS_LISTENS !== undefined) {
  // An app that looks after its own end, as most do.
  process.on('SIGTERM', () => {
    server.close()
    server.closeIdleConnections()
    void metrics.close().then(() => process.exit(0))
  })
}
process.on('unhandledRejection', (error) => tell(`fatal ${String(error)}`))
process.on('uncaughtExceptionMonitor', (error) => tell(`fatal ${String(error.stack)}`))

server.listen(0, '127.0.0.1', () => tell(`port ${(server.address() as AddressInfo).port}`))
for (;;) {
  await pause(120)
  await acknowledge()
}
