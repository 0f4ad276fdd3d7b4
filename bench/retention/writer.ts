import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from '../launch.ts'
import { load } from '../library.ts'

/** How long puts took, ms. */
export interface Waited {
  readonly puts: number
  readonly p99: number
  readonly longest: number
  /** How many took more than 50 ms. */
  readonly late: number
}

const [file = '', writer = 'w', bytes = '20000'] = process.argv.slice(2)
const { sqlite } = await load('storage/sqlite')
const driver = sqlite(file)
await driver.open()
const waits: number[] = []
let stopped = false
process.on('message', () => (stopped = true))
tell({ ready: true })
const numbers = new Uint8Array(Number(bytes)).fill(7)
let number = 0
while (!stopped) {
  const now = Date.now()
  const start = Math.floor(now / 60_000) * 60_000
  const events = Array.from({ length: 20 }, () => ({
    writer,
    number: ++number,
    kind: 'track',
    time: now,
    name: 'orders',
    value: 1,
    weight: 1,
    labels: { plan: 'pro' },
    fields: {},
  }))
  const began = performance.now()
  await driver.put({
    boxes: [{ tier: '1m', start, writer, numbers, detail: numbers }],
    names: [],
    events,
    time: now,
  })
  waits.push(performance.now() - began)
  await sleep(50)
}
await driver.close()
waits.sort((a, b) => a - b)
tell({
  puts: waits.length,
  p99: waits[Math.floor(waits.length * 0.99)] ?? 0,
  longest: waits.at(-1) ?? 0,
  late: waits.filter((ms) => ms > 50).length,
} satisfies Waited)
if (process.send === undefined) process.exit()
