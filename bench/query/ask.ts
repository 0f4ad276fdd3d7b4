import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from '../launch.ts'
import { load } from '../library.ts'
import { idleTurn, LoopProbe } from '../loop.ts'
import { quantile } from '../stats.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'

/** How long one question took, in ms. */
export interface Asked {
  /** The first call of a process. */
  readonly cold: number
  /** Later calls. */
  readonly p50: number
  readonly p99: number
  /** CPU time of all threads in one of them: what is left when others use the machine too. */
  readonly cpu: number
  /** The longest turn of the main thread's event loop meanwhile, ms, a median. */
  readonly turn: number
  /** The same with nothing to do, beside a busy thread. */
  readonly idle: number
  /** Bytes of the answer, and its rows. */
  readonly bytes: number
  readonly rows: number
}

// A file, or the URL of another store; `wait` is how long after the start the first call is made, ms.
const [place = '', now = '0', url = '/metrics', calls = '60', wait = '0'] = process.argv.slice(2)
// The store was built a while ago: for this process it is still then.
const offset = Date.now() - Number(now)
const real = Date.now
Date.now = () => real() - offset

const { Metrics } = await load('index')
const storage = place.startsWith('memory://')
  ? await filled(place.slice(9))
  : place.includes('://')
    ? place
    : `sqlite://${place}`
const metrics = new Metrics({ storage, maxSize: '4GB', log: () => undefined })
await metrics.ready

async function filled(from: string): Promise<StorageDriver> {
  const [{ memory }, { copy }] = [await import('../../src/storage/memory.ts'), await import('../storage/copy.ts')]
  const driver = memory()
  await copy(from, Number(now), driver)
  return driver
}

async function ask(): Promise<{ ms: number; text: string }> {
  const headers = { host: 'localhost:3000', accept: 'application/json' }
  const request = new Request(`http://localhost:3000${url}`, { headers })
  const began = performance.now()
  const answer = await metrics.fetch(request, { address: '127.0.0.1' })
  const text = await answer.text()
  const ms = performance.now() - began
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text}`)
  return { ms, text }
}

// Node loads its Request and Response at their first use; that is not ours to pay.
await new Response('').text()
await sleep(Number(wait))
const first = await ask()
const answer = JSON.parse(first.text) as { data?: readonly unknown[]; rows?: readonly unknown[] }
const warm: number[] = []
const cpu: number[] = []
for (let i = 0; i < Number(calls); i++) {
  // As a dashboard asks: now and then, with something recorded in between, so that no answer is kept ready.
  metrics.track('visits')
  await sleep(5)
  const before = process.cpuUsage()
  const { ms } = await ask()
  const { user, system } = process.cpuUsage(before)
  if (i < 5) continue
  warm.push(ms)
  cpu.push((user + system) / 1000)
}
const turns: number[] = []
for (let i = 0; i < 10; i++) {
  const probe = new LoopProbe()
  await ask()
  turns.push(probe.stop())
}
tell({
  cold: first.ms,
  p50: quantile(warm, 0.5),
  p99: quantile(warm, 0.99),
  cpu: quantile(cpu, 0.5),
  turn: quantile(turns, 0.5),
  idle: await idleTurn(60),
  bytes: first.text.length,
  rows: answer.data?.length ?? 0,
} satisfies Asked)
if (process.send === undefined) process.exit()
