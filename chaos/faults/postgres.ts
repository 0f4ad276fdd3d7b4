import pg from 'pg'
import { alone } from '../alone.ts'
import type { Fault, Scene } from '../fault.ts'
import { ROLE } from '../stores/postgres.ts'

const OURS = `application_name = 'pocketmetrics' AND pid <> pg_backend_pid()`
const possible = ({ field }: Scene): boolean => field.postgres !== undefined

/** Every connection of the apps is ended by the server. */
export const terminate: Fault = alone({
  name: 'terminate-backends',
  weight: 2,
  cuts: true,
  possible,
  async strike({ field }) {
    field.postgres!.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS}`)
    return async () => undefined
  },
})

/** Each statement that is found running is ended, as `statement_timeout` does it. */
export const cancel: Fault = alone({
  name: 'cancel-statements',
  cuts: true,
  possible,
  async strike({ field }) {
    const client = new pg.Client(field.postgres!.url)
    client.on('error', () => undefined)
    await client.connect()
    let going = true
    const loop = (async () => {
      while (going)
        await client.query(
          `SELECT pg_cancel_backend(pid), pg_sleep(0.001) FROM pg_stat_activity WHERE ${OURS} AND state = 'active'`
        )
    })().catch(() => undefined)
    return async () => {
      going = false
      await loop
      await client.end().catch(() => undefined)
    }
  },
})

const LOCKS = ['SHARE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'] as const

/** Another session, a backup or an administrator, holds a lock on a table. */
export const lock: Fault = alone({
  name: 'lock-table',
  weight: 2,
  cuts: true,
  longest: 7_000,
  possible,
  async strike({ field }, random) {
    const client = new pg.Client(field.postgres!.url)
    client.on('error', () => undefined)
    await client.connect()
    const table = random.pick(['boxes', 'names', 'events', 'documents', 'claims'])
    await client.query('BEGIN')
    await client.query(`LOCK TABLE pocketmetrics.${table} IN ${random.pick(LOCKS)} MODE`).catch(() => undefined)
    return () => client.end().catch(() => undefined)
  },
})

/** It takes no writes, as after a failover the old primary does. */
export const readOnly: Fault = alone({
  name: 'read-only-database',
  cuts: true,
  possible,
  async strike({ field }) {
    const server = field.postgres!
    server.sql('ALTER SYSTEM SET default_transaction_read_only = on')
    server.sql('SELECT pg_reload_conf()')
    return async () => {
      server.sql('ALTER SYSTEM RESET default_transaction_read_only')
      server.sql('SELECT pg_reload_conf()')
    }
  },
})

/** No connection is left for the apps, and theirs have just been ended. */
export const crowd: Fault = alone({
  name: 'no-connections',
  cuts: true,
  possible,
  async strike({ field }) {
    const server = field.postgres!
    server.sql(`ALTER ROLE ${ROLE} CONNECTION LIMIT 0`)
    server.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${OURS}`)
    return async () => void server.sql(`ALTER ROLE ${ROLE} CONNECTION LIMIT -1`)
  },
})
