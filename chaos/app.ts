import { writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { wall } from './clock.ts'
import { type Item, itemOf, nameOf } from './items.ts'

/**
 * A real app in a process of its own, in one thread or several: it records what it is asked to, and writes to pipe 3 what
 * the library has told it to be kept. What is in a pipe survives the process. With CHAOS_BARE it is the same without the
 * library.
 */
const { CHAOS_BEGAN = '', CHAOS_LISTENS, CHAOS_BARE, CHAOS_THREADS = '1' } = process.env
const thread = isMainThread ? 0 : Number(workerData)
const real = Date.now
let offset = 0
// Before the library is loaded: its clock is this one.
Date.now = () => wall(Number(CHAOS_BEGAN), real()) + offset

const server = createServer((request, response) => void serve(request, response))
// After a freeze it would close what its clients are just using.
server.keepAliveTimeout = 0
const recorder =
  CHAOS_BARE === undefined ? new (await import('./recorder.ts')).Recorder(server, thread, tell) : undefined

function tell(line: string): void {
  writeSync(3, `${thread} ${line}\n`)
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://app')
  if (url.pathname === '/ctl/settle') return void response.end(String(await settle()))
  if (url.pathname === '/ctl/clock') return void response.end(String((offset = Number(url.searchParams.get('offset')))))
  const item = itemOf(url.searchParams.get('item') ?? '')
  recorder?.records(item, response)
  await answer(item, response)
}

const STATUS = { money: 200, orders: 201, refused: 422 } as const

/** Some answers are errors, and some come in pieces. */
async function answer(item: Item, response: ServerResponse): Promise<void> {
  // None of 5xx: of those the library keeps an event of another kind, which would be one more to count.
  const status = item.number % 11 === 10 ? 409 : STATUS[item.kind]
  response.writeHead(status, { 'content-type': 'application/json', 'x-item': nameOf(item) })
  if (item.number % 5 === 4) {
    response.write('{"pieces":')
    await pause(1)
  } else response.write('{"whole":')
  response.end(`${JSON.stringify(nameOf(item))}}`)
}

function settle(): Promise<boolean> | undefined {
  const end = real() + 30_000
  return recorder?.settle(() => real() > end)
}

async function leave(): Promise<void> {
  server.close()
  server.closeIdleConnections()
  await recorder?.leave()
}

const others = Array.from({ length: isMainThread ? Number(CHAOS_THREADS) - 1 : 0 }, (_, place) => {
  const worker = new Worker(new URL(import.meta.url), { workerData: place + 1 })
  worker.on('error', (error) => tell(`fatal thread ${place + 1}: ${String(error)}`))
  return worker
})
if (CHAOS_LISTENS !== undefined && isMainThread) {
  // An app that looks after its own end, as most do; and after that of its threads, to which no signal comes.
  process.on('SIGTERM', () => {
    const gone = others.map((worker) => new Promise((resolve) => worker.once('exit', resolve).postMessage('leave')))
    void Promise.all([leave(), ...gone]).then(() => process.exit(0))
  })
}
parentPort?.on('message', () => void leave().then(() => process.exit(0)))
process.on('unhandledRejection', (error) => tell(`fatal ${String(error)}`))
process.on('uncaughtExceptionMonitor', (error) => tell(`fatal ${String(error.stack)}`))

server.listen(0, '127.0.0.1', () => tell(`port ${(server.address() as AddressInfo).port}`))
await recorder?.run()
