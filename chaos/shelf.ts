import { OpenedBox } from '../src/core/box.ts'
import { hash } from '../src/core/ids.ts'
import { Point } from '../src/core/point.ts'
import type { Tier } from '../src/core/tiers.ts'
import { KEPT } from '../src/core/tiers.ts'
import { identity } from '../src/identity.ts'
import { Sealer } from '../src/pipeline/sealer.ts'
import { LocalStore } from '../src/store.ts'
import type { StorageDriver } from '../src/storage/driver.ts'
import { connect } from '../src/storage/open.ts'
import { placeOf } from '../src/storage/place.ts'
import { DAY } from '../src/core/time.ts'
import { DAYS_KEPT } from './clock.ts'

/** The days of a store in UTC. */
export const DAYS: { startOf(time: number): number; after(time: number): number } = {
  startOf: (time) => Math.floor(time / DAY) * DAY,
  after: (time) => (Math.floor(time / DAY) + 1) * DAY,
}

/** Opens the driver behind a URL, as an app of this folder would. */
export async function driverAt(url: string): Promise<StorageDriver> {
  const { app } = identity(process.env)
  const { driver } = await connect(placeOf(url), { tenant: { app, kept: KEPT, events: DAYS_KEPT * DAY } })
  return driver
}

/** What answers over a driver. */
export function storeOver(driver: StorageDriver, writer: string = 'judge'): LocalStore {
  return new LocalStore(driver, { writer, timezone: 'UTC', kept: KEPT, events: DAYS_KEPT * DAY, maxSize: 256e6 })
}

/** Makes everything final that is due at `now`. */
export async function sealAt(driver: StorageDriver, now: number, sure: number = now): Promise<number> {
  return new Sealer(driver, { days: DAYS }).run(now, sure)
}

/** Count and sum of a metric in the sealed boxes of one tier. */
export async function tierTotal(
  driver: StorageDriver,
  tier: Tier,
  metric: string
): Promise<{ count: number; sum: number }> {
  const point = new Point()
  const id = hash(metric)
  const all = { tier, which: 'sealed', from: 0, to: Number.MAX_SAFE_INTEGER, detail: false } as const
  for await (const box of driver.boxes(all)) new OpenedBox(box).fold(id, false, () => point)
  return { count: point.count, sum: point.total }
}
