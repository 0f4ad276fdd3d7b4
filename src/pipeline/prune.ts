import { TIERS, type Tier } from '../core/tiers.ts'
import type { Prunable, StorageDriver } from '../storage/driver.ts'
import { cut, MADE_OF } from './made.ts'

/** What somebody asks to be deleted: what began before `before`, Unix ms. */
export interface PruneOrder {
  readonly what: 'events' | Tier
  readonly before: number
  /** True: nothing goes, it is only counted. */
  readonly dry: boolean
}

/** What was done: up to when (Unix ms), and how many events or boxes went or would go. */
export interface Pruned {
  readonly before: number
  readonly count: number
}

/** Deletes or counts; what a coarser tier is still to be made of stays, so that its totals are whole. */
export async function prune(driver: StorageDriver, order: PruneOrder): Promise<Pruned> {
  const { what, dry } = order
  const before = what === 'events' ? order.before : await cut(driver, MADE_OF[what], order.before)
  const count = dry ? await counted(driver, what, before) : await driver.prune(what satisfies Prunable, before)
  return { before, count }
}

async function counted(driver: StorageDriver, what: PruneOrder['what'], before: number): Promise<number> {
  let count = 0
  if (what === 'events') {
    for await (const _ of driver.events({ to: before })) count++
  } else {
    for await (const _ of driver.boxes({ tier: what, which: 'sealed', from: 0, to: before, detail: false })) count++
  }
  return count
}

/** Everything that can be asked for, in the order in which it goes. */
export const PRUNED: readonly PruneOrder['what'][] = ['events', ...TIERS]
