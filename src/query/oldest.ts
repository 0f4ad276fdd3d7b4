import { TIERS, WIDTH } from '../core/tiers.ts'
import type { BoxSelector } from '../storage/driver.ts'
import type { Reader } from './reader.ts'

/** When the oldest data starts, as finely as that is still known; now if there is none. */
export async function oldest(reader: Reader, now: number): Promise<number> {
  let found = now
  let end = now
  for (const tier of TIERS.toReversed()) {
    const at = await first(reader, { tier, which: 'sealed', from: 0, to: end, detail: false })
    // A finer box within the coarser one says it more exactly; one after it only that finer ones are gone.
    if (at === undefined || (found < now && at < found)) continue
    found = at
    end = Math.min(now, at + WIDTH[tier])
  }
  const open = await first(reader, { tier: '1m', which: 'open', from: 0, to: found, detail: false })
  return open ?? found
}

async function first(reader: Reader, selector: BoxSelector): Promise<number | undefined> {
  for await (const box of reader.driver.boxes(selector)) return box.start
  return undefined
}
