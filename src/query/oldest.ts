import { TIERS } from '../core/tiers.ts'
import type { BoxSelector } from '../storage/driver.ts'
import type { Reader } from './reader.ts'

/** When the oldest box starts; now if there is none. */
export async function oldest(reader: Reader, now: number): Promise<number> {
  const spans: Pick<BoxSelector, 'tier' | 'which'>[] = TIERS.map((tier) => ({ tier, which: 'sealed' }))
  let first = now
  for (const span of [...spans, { tier: '1m', which: 'open' } as const]) {
    for await (const box of reader.driver.boxes({ ...span, from: 0, to: first, detail: false })) {
      first = box.start
      break
    }
  }
  return first
}
