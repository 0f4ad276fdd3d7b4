import { TIERS, type Tier } from '../core/tiers.ts'
import { DAY } from '../core/time.ts'
import type { Size, StorageDriver } from '../storage/driver.ts'
import { crowdedAt } from './room.ts'

/** How long each thing is kept (ms), and how much room there is. */
export interface RetentionOptions {
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
  /** Bytes that the store may take. */
  readonly maxSize: number
  /** Events beyond this many go, oldest first. */
  readonly maxEvents: number
}

/** From when on (Unix ms) a tier, and events, are complete, where room was made earlier than by age. */
export type Reach = Readonly<Partial<Record<Tier | 'events', number>>>

/** What was given up for room, and the size after it. */
export interface Made {
  readonly reach: Reach
  readonly size: Size
}

/** Which tiers the sealer makes of each, the nearest first; it keeps how far it has come in documents. */
export const MADE_OF: Readonly<Record<Tier, readonly Tier[]>> = {
  '1m': ['15m'],
  '15m': ['1h', '1d'],
  '1h': ['1d'],
  '1d': [],
}

/** Ids that are claimed, at most: some 80 MB. */
const MOST_CLAIMS = 1_000_000

/** However little room there is, the last half hour stays. */
const LEAST = 1_800_000

/** Names in use are told once a day: the last time may be so much older than what they name. */
const TOLD = 2 * DAY

/** Deletes what is older than it is kept for, and the oldest events when there are too many. */
export async function retain(driver: StorageDriver, options: RetentionOptions, now: number): Promise<Made> {
  for (const tier of TIERS) await driver.prune(tier, await cut(driver, MADE_OF[tier], now - options.kept[tier]))
  await driver.prune('open', now - options.kept['15m'])
  await driver.prune('events', now - options.events)
  await driver.prune('names', now - Math.max(...Object.values(options.kept)) - TOLD)
  const trimmed = await driver.trim(options.maxEvents)
  await forgetClaims(driver, now)
  const made = await makeRoom(driver, options, now)
  return trimmed === 0 ? made : { ...made, reach: { ...made.reach, events: now } }
}

/** What `coarser` tiers are still to be made of stays: a day would else be what is left of its quarters, for ever. */
export async function cut(driver: StorageDriver, coarser: readonly Tier[], before: number): Promise<number> {
  let at = before
  for (const tier of coarser) at = Math.min(at, Number((await driver.get(`sealed:${tier}`)) ?? 0))
  return at
}

/** An id is told again for a day, or for less where there are too many. */
async function forgetClaims(driver: StorageDriver, now: number): Promise<void> {
  // One written before there was `claim` keeps none, and may not know the word.
  if (typeof (driver as Partial<StorageDriver>).claim !== 'function') return
  for (let age = DAY; age > LEAST; age /= 2) {
    await driver.prune('claims', now - age)
    if (((await driver.size()).claims ?? 0) <= MOST_CLAIMS) return
  }
}

/** Close to the limit detail goes first: half of the events, then the older half of each tier, finest first. */
export async function makeRoom(driver: StorageDriver, options: RetentionOptions, now: number): Promise<Made> {
  const limit = crowdedAt(options.maxSize)
  const reach: Partial<Record<Tier | 'events', number>> = {}
  let size = await driver.size()
  if (size.bytes <= limit) return { reach, size }
  if ((await driver.trim(Math.floor(size.events / 2))) > 0) reach.events = now
  for (const tier of TIERS) {
    for (let age = options.kept[tier] / 2; age > LEAST; age /= 2) {
      size = await driver.size()
      if (size.bytes <= limit) return { reach, size }
      reach[tier] = await cut(driver, MADE_OF[tier].slice(0, 1), now - age)
      await driver.prune(tier, reach[tier])
    }
  }
  return { reach, size: await driver.size() }
}
