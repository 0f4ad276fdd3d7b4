import { writeSync } from 'node:fs'
import { Metrics } from '../../src/index.ts'
import { SPEED } from '../clock.ts'
import { batchOf, nameOf, valueOf } from '../items.ts'
import { driverAt, sealAt } from '../shelf.ts'

/**
 * An app that does, as fast as it can, all that writes: it makes its store, flushes, seals and closes, twice. It says what
 * the library has told it to be kept, and whether something was thrown into it.
 */
const { NTH_STORAGE = '', NTH_BEGAN = '' } = process.env
const FLUSHES = 6
const ATTEMPTS = 40
const began = Number(NTH_BEGAN)
const real = Date.now
let minutes = 0
const now = (): number => began + minutes * 60_000 + ((real() - began) % SPEED)
Date.now = now

const tell = (line: string): void => void writeSync(1, `${line}\n`)
process.on('uncaughtExceptionMonitor', (error) => tell(`fatal ${String(error.stack)}`))
process.on('unhandledRejection', (error) => tell(`fatal ${String(error)}`))

/** Until it is kept: a fault that lasts as long as one write is over by then. */
async function keep(metrics: Metrics, number: number): Promise<void> {
  const item = { kind: 'money', number } as const
  metrics.track('money', valueOf(item), { batch: batchOf(item) })
  tell(`sent ${nameOf(item)}`)
  for (let left = ATTEMPTS; left > 0; left--) {
    if (await metrics.flush()) return tell(`kept ${nameOf(item)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Makes closed minutes final by the way of a connection of its own, as another process does. */
async function seals(): Promise<void> {
  const driver = await driverAt(NTH_STORAGE)
  try {
    await sealAt(driver, now())
  } finally {
    await driver.close()
  }
}

for (let life = 0; life < 2; life++) {
  const metrics = new Metrics({
    storage: NTH_STORAGE,
    flushEvery: '1h',
    system: false,
    log: (line: string) => tell(`log ${line}`),
  })
  for (let flush = 0; flush < FLUSHES; flush++) {
    await keep(metrics, life * FLUSHES + flush)
    minutes++
  }
  minutes += 16
  await seals().catch((error: unknown) => tell(`log seal: ${String(error)}`))
  await metrics.close()
}
tell('done')
