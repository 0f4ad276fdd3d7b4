import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import postgresJs from 'postgres'
import { type Ground, testDriver } from '../../../src/storage/conformance.ts'
import type { StorageDriver } from '../../../src/storage/driver.ts'
import { postgres } from '../../../src/storage/postgres.ts'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'

let server: Postgres
before(async () => {
  server = await startPostgres()
})
after(() => server.end())

let schemas = 0

function ground(connect: (schema: string) => StorageDriver): Ground {
  const schema = `s${++schemas}`
  return {
    connect: () => connect(schema),
    future: () => void server.sql(`UPDATE ${schema}.pocketmetrics SET version = 99`),
    fingerprint: () => server.sql(`SELECT * FROM ${schema}.pocketmetrics, ${schema}.boxes`),
    unreachable: () => ({ driver: postgres('postgres://u:p@127.0.0.1:1/d'), within: 2_000 }),
  }
}

describe('postgres by its URL', () => {
  testDriver(test, () => ground((schema) => postgres(server.url, { schema })), ['durable', 'future', 'unreachable'])
})

describe('postgres over a pool of pg, every transaction serializable', () => {
  let pool: pg.Pool
  before(() => {
    server.sql('CREATE DATABASE strict')
    server.sql('ALTER DATABASE strict SET default_transaction_isolation = serializable')
    pool = new pg.Pool({ connectionString: server.urlOf('postgres', 'secret', 'strict'), max: 4 })
  })
  after(() => pool.end())
  testDriver(test, () => ground((schema) => postgres(pool, { schema })), ['durable'])
})

describe('postgres over the package postgres', () => {
  let sql: ReturnType<typeof postgresJs>
  before(() => {
    sql = postgresJs(server.url, { max: 4, onnotice: () => undefined })
  })
  after(() => sql.end())
  testDriver(test, () => ground((schema) => postgres(sql, { schema })), ['durable', 'future'])
})
