import type { Fault } from './fault.ts'
import { leap, skew } from './faults/clock.ts'
import { fullDisk } from './faults/disk.ts'
import { failover, lapse, switchover } from './faults/failover.ts'
import { away, scribble, unlink } from './faults/file.ts'
import { coma, freeze } from './faults/freeze.ts'
import { jump } from './faults/jump.ts'
import { kill } from './faults/kill.ts'
import { lock, reader } from './faults/lock.ts'
import { readOnlyFolder } from './faults/mount.ts'
import { NETWORK } from './faults/network.ts'
import * as postgres from './faults/postgres.ts'
import * as redis from './faults/redis.ts'
import { maintain, seal } from './faults/seal.ts'
import * as server from './faults/server.ts'
import { slots } from './faults/slots.ts'
import { impatient, term } from './faults/term.ts'
import { DISK_FAULTS } from './faults/tracer.ts'

/** Everything that may go wrong; another fault is a file in faults/ and a line here. */
export const FAULTS: readonly Fault[] = [
  kill,
  freeze,
  coma,
  term,
  impatient,
  seal,
  maintain,
  skew,
  leap,
  lock,
  reader,
  unlink,
  scribble,
  away,
  fullDisk,
  readOnlyFolder,
  ...DISK_FAULTS,
  jump,
  ...NETWORK,
  server.freeze,
  server.crash,
  server.restart,
  redis.pause,
  redis.memory,
  redis.replica,
  redis.amnesia,
  redis.emptied,
  redis.rollback,
  failover,
  lapse,
  switchover,
  slots,
  postgres.terminate,
  postgres.cancel,
  postgres.lock,
  postgres.readOnly,
  postgres.crowd,
]
