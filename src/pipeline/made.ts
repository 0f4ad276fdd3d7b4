import type { Tier } from '../core/tiers.ts'
import type { StorageDriver } from '../storage/driver.ts'

/** Which tiers the sealer makes of each, the nearest first; it keeps how far it has come in documents. */
export const MADE_OF: Readonly<Record<Tier, readonly Tier[]>> = {
  '1m': ['15m'],
  '15m': ['1h', '1d'],
  '1h': ['1d'],
  '1d': [],
}

/** What `coarser` tiers are still to be made of stays: a day would else be what is left of its quarters, for ever. */
export async function cut(driver: StorageDriver, coarser: readonly Tier[], before: number): Promise<number> {
  let at = before
  for (const tier of coarser) at = Math.min(at, Number((await driver.get(`sealed:${tier}`)) ?? 0))
  return at
}
