import type { Cluster, Redis, Sentinel } from '../test/servers/redis.ts'
import type { Postgres } from '../test/servers/postgres.ts'
import type { Proxy } from '../test/servers/proxy.ts'

/** A store that was started for one history, and the parts of it that faults get hold of. */
export interface Field {
  /** As in `--store`. */
  readonly store: string
  /** What the apps are given as `storage`. */
  readonly url: string
  /** The same store by a way on which no fault lies; the judge reads it. */
  readonly truth: string
  /** Environment and words before `node` of every app that is started from now on: a preloaded library, strace. */
  readonly env: Record<string, string>
  readonly before: string[]
  /** The parts: a fault is possible where its part is. */
  readonly file?: string
  readonly folder?: string
  readonly proxy?: Proxy
  readonly redis?: Redis
  readonly replica?: Redis
  readonly cluster?: Cluster
  readonly sentinel?: Sentinel
  readonly postgres?: Postgres
  /** A mount of its own under the folder. */
  readonly disk?: string
  /** The file that says what time it is to the apps: libfaketime reads it. */
  readonly clock?: string
  /** What the store keeps outlives a crash of its server. */
  readonly durable?: boolean
  /** Takes the store away, whatever state it is in. */
  end(): Promise<void>
}

/** Starts a fresh store for a history. */
export type Opens = () => Promise<Field>
