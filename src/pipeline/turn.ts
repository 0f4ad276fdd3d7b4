import { DAY } from '../core/time.ts'
import type { Box, StorageDriver } from '../storage/driver.ts'

/** What a seal adds to what it puts and to what it compares. */
export interface Turn {
  readonly next: readonly Box[]
  readonly from: readonly Box[]
}

const WRITER = 'turn'
const NOTHING = new Uint8Array(0)

/**
 * Reads whose turn it is to seal within from ≤ time < to; before anything else is read. Each day has a box that counts
 * nothing and that each seal replaces: of two that have read the same only one is carried out, also where neither changes
 * what the other was made of, as when one adds a minute and the other an hour that should have it. (Boxes of writers are
 * of tier 1m, so no reader comes by.)
 */
export async function turnOf(driver: StorageDriver, from: number, to: number): Promise<Turn> {
  const found = await turns(driver, from, to)
  const days = Array.from(
    { length: Math.ceil(to / DAY) - Math.floor(from / DAY) },
    (_, place) => startOf(from) + place * DAY
  )
  const missing = days.filter((start) => !found.some((box) => box.start === start))
  if (missing.length === 0) return { next: days.map(fresh), from: found }
  await driver.seal(missing.map(fresh), [])
  return { next: days.map(fresh), from: await turns(driver, from, to) }
}

async function turns(driver: StorageDriver, from: number, to: number): Promise<Box[]> {
  const found: Box[] = []
  const selector = { tier: '1d', which: 'open', from: startOf(from), to, detail: true } as const
  for await (const box of driver.boxes(selector)) if (box.writer === WRITER) found.push(box)
  return found
}

const startOf = (time: number): number => Math.floor(time / DAY) * DAY

// By chance, so that it is never again what somebody has read. It is no secret: all of Node's crypto would take a megabyte.
function fresh(start: number): Box {
  const numbers = new Uint8Array(Float64Array.of(Math.random(), Math.random()).buffer)
  return { tier: '1d', start, writer: WRITER, numbers, detail: NOTHING }
}
