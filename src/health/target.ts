import type { CheckFunction } from './check.ts'
import { diskCheck, type DiskTarget } from './checks/disk.ts'
import { httpCheck, type HttpTarget } from './checks/http.ts'
import type { QueueTarget } from './clients/bullmq.ts'
import { can, has, held } from './clients/shape.ts'
import type { SqlTarget } from './clients/sql.ts'
import { refuse } from './refuse.ts'

/** What `metrics.check` takes: a function, a client of the app's own that we know, or an object that says what to look at. */
export type CheckTarget = CheckFunction | HttpTarget | DiskTarget | QueueTarget | SqlTarget | object

/** The check for a client of a driver that we know; undefined for what is none. */
export type Recognise = (target: unknown) => CheckFunction | undefined

const KNOWN =
  "Give a function, or the app's own client: pg (Pool, Client), postgres, mysql2 (pool, connection), ioredis, redis, " +
  'node:sqlite, better-sqlite3, Prisma, Drizzle, Knex, Kysely, a Queue of BullMQ; { sql: client } for others; ' +
  "{ http: 'https://…' }; { disk: '/folder' }; { queue, waiting, failed }."

const MONGODB = 'Give a function that makes one round trip: () => client.db().command({ ping: 1 }).'

/** The check for a target; throws `bad_option` that lists what is known. Some clients are functions, so they come first. */
export function targetOf(where: string, target: unknown, recognise: Recognise): CheckFunction {
  const known = recognise(target)
  if (known !== undefined) return known
  if (typeof target === 'function') return target as CheckFunction
  if (typeof target === 'object' && target !== null) {
    if (has(target, 'http')) return httpCheck(where, target as HttpTarget)
    if (has(target, 'disk')) return diskCheck(where, target as DiskTarget)
    if (can(target, 'db', 'startSession')) refuse(where, 'is a client of MongoDB, whose pings are not ours', MONGODB)
  }
  return refuse(where, `is ${nameOf(target)}`, KNOWN)
}

function nameOf(target: unknown): string {
  if (typeof target !== 'object' || target === null) return target === null ? 'null' : `a ${typeof target}`
  const constructor = held(target, 'constructor')
  const name = typeof constructor === 'function' && constructor !== Object ? constructor.name : ''
  if (name !== '') return `a ${name}, which is not known`
  return `an object with ${keysOf(target) || 'nothing in it'}, which is not known`
}

function keysOf(target: object): string {
  try {
    return Object.keys(target).slice(0, 5).join(', ').slice(0, 200)
  } catch {
    return ''
  }
}
