import type { StorageDriver } from '../storage/driver.ts'

/** A document that says who may, until when; kept by compare-and-set. */
interface Held {
  readonly holder: string
  /** Unix ms. */
  readonly until: number
}

/** Takes or renews the lease `key` for `ms`; false while somebody else holds it. */
export async function lease(
  driver: StorageDriver,
  key: string,
  holder: string,
  ms: number,
  now: number
): Promise<boolean> {
  const seen = await driver.get(key)
  const held = seen === undefined ? undefined : read(seen)
  // A lease further ahead than anybody takes one is the work of a wrong clock.
  const theirs = held !== undefined && held.holder !== holder && held.until > now && held.until <= now + 10 * ms
  if (theirs) return false
  return driver.swap(key, seen, JSON.stringify({ holder, until: now + ms } satisfies Held))
}

/** Gives the lease back, if it is still ours. */
export async function release(driver: StorageDriver, key: string, holder: string): Promise<void> {
  const seen = await driver.get(key)
  if (seen !== undefined && read(seen)?.holder === holder) await driver.swap(key, seen, undefined)
}

function read(text: string): Held | undefined {
  try {
    return JSON.parse(text) as Held
  } catch {
    return undefined
  }
}
