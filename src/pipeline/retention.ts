import { TIERS, type Tier } from '../core/tiers.ts'
import type { StorageDriver } from '../storage/driver.ts'

/** How long each thing is kept (ms), and how much room there is. */
export interface RetentionOptions {
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
  /** Bytes that the store may take. */
  readonly maxSize: number
  /** Events beyond this many go, oldest first. */
  readonly maxEvents: number
}

/** From when on (Unix ms) a tier is complete, where room was made for it earlier than its age. */
export type Reach = Readonly<Partial<Record<Tier, number>>>

/** However little room there is, the last half hour stays. */
const LEAST = 1_800_000

/** Deletes what is older than it is kept for, and the oldest events when there are too many. */
export async function retain(driver: StorageDriver, options: RetentionOptions, now: number): Promise<Reach> {
  for (const tier of TIERS) await driver.prune(tier, now - options.kept[tier])
  await driver.prune('open', now - options.kept['15m'])
  await driver.prune('events', now - options.events)
  await driver.prune('names', now - options.kept['1d'])
  await driver.trim(options.maxEvents)
  return shrink(driver, options, now)
}

/** Close to the limit detail goes first: half of the events, then the older half of each tier, finest first. */
async function shrink(driver: StorageDriver, options: RetentionOptions, now: number): Promise<Reach> {
  const limit = options.maxSize * 0.9
  const reach: Partial<Record<Tier, number>> = {}
  const size = await driver.size()
  if (size.bytes <= limit) return reach
  await driver.trim(Math.floor(size.events / 2))
  for (const tier of TIERS) {
    for (let age = options.kept[tier] / 2; age > LEAST; age /= 2) {
      if ((await driver.size()).bytes <= limit) return reach
      await driver.prune(tier, now - age)
      reach[tier] = now - age
    }
  }
  return reach
}
