import type { Opens } from './field.ts'
import { clocks } from './stores/clocks.ts'
import { disk } from './stores/disk.ts'
import { postgres } from './stores/postgres.ts'
import { cluster, redis, sentinel, snapshots } from './stores/redis.ts'
import { sqlite } from './stores/sqlite.ts'

/** Stores that a history can be run on; another one is a file in stores/ and a line here. */
export const STORES: ReadonlyMap<string, Opens> = new Map([
  ['sqlite', sqlite],
  ['sqlite-disk', disk],
  ['sqlite-clocks', clocks],
  ['redis', redis],
  ['redis-snapshots', snapshots],
  ['redis-cluster', cluster],
  ['redis-sentinel', sentinel],
  ['postgres', postgres],
])
