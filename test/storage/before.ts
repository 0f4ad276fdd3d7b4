import type { StorageDriver } from '../../src/storage/driver.ts'

/** A driver as users wrote theirs before there were ids. */
export function withoutClaim(driver: StorageDriver): StorageDriver {
  const names = 'open put boxes seal names events prune trim get swap size close'.split(' ') as (keyof StorageDriver)[]
  const methods = names.map((name) => [name, (driver[name] as (...args: unknown[]) => unknown).bind(driver)])
  return { name: 'mine', ...Object.fromEntries(methods) } as StorageDriver
}
