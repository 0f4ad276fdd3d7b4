import type { CheckFunction } from '../check.ts'
import { bullmq } from './bullmq.ts'
import { ioredis } from './ioredis.ts'
import { knex } from './knex.ts'
import { kysely } from './kysely.ts'
import { mysql2 } from './mysql2.ts'
import { pg } from './pg.ts'
import { postgres } from './postgres.ts'
import { prisma } from './prisma.ts'
import { redis } from './redis.ts'
import { isObject } from './shape.ts'
import { drizzle, sql } from './sql.ts'
import { sqlite } from './sqlite.ts'

/** Each knows its clients by what they look like: no package is loaded. */
const KINDS = [pg, postgres, mysql2, ioredis, redis, sqlite, prisma, knex, kysely, drizzle, bullmq, sql] as const

/** The check for a client of the app's own, or for what stands around one; undefined for what is none. */
export function recognise(target: unknown): CheckFunction | undefined {
  if (!isObject(target)) return undefined
  for (const kind of KINDS) {
    const check = kind(target, recognise)
    if (check !== undefined) return check
  }
  return undefined
}
