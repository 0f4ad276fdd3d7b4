import { TIERS, type Tier } from '../core/tiers.ts'
import { DAY } from '../core/time.ts'
import type { StorageDriver } from '../storage/driver.ts'
import type { Note } from './ladder.ts'
import { MADE_OF, cut } from './made.ts'

/** How long each thing is kept, ms. */
export interface RetentionOptions {
  readonly kept: Readonly<Record<Tier, number>>
  readonly events: number
  /** Events beyond this many go, oldest first. */
  readonly maxEvents: number
}

/** Ids that are claimed, at most: some 80 MB. */
const MOST_CLAIMS = 1_000_000

/** However many there are, ids of the last half hour stay. */
const LEAST = 1_800_000

/** Names in use are told once a day: the last time may be so much older than what they name. */
const TOLD = 2 * DAY

/** Deletes what is older than it is kept for, and the oldest events when there are too many. */
export async function retain(driver: StorageDriver, options: RetentionOptions, now: number, note: Note): Promise<void> {
  for (const tier of TIERS) await driver.prune(tier, await cut(driver, MADE_OF[tier], now - options.kept[tier]))
  await driver.prune('open', now - options.kept['15m'])
  await driver.prune('events', now - options.events)
  await driver.prune('names', now - Math.max(...Object.values(options.kept)) - TOLD)
  if ((await driver.trim(options.maxEvents)) > 0) await note({ events: now })
  await forgetClaims(driver, now)
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
