import { after, before, describe, test } from 'node:test'
import { type Ground, testDriver } from '../../../src/storage/conformance.ts'
import { postgres } from '../../../src/storage/postgres.ts'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'

let server: Postgres
before(async () => {
  server = await startPostgres()
})
after(() => server.end())

let schemas = 0

function ground(): Ground {
  const schema = `s${++schemas}`
  return {
    connect: () => postgres(server.url, { schema }),
    future: () => void server.sql(`UPDATE ${schema}.pocketmetrics SET version = 99`),
    fingerprint: () => server.sql(`SELECT * FROM ${schema}.pocketmetrics, ${schema}.boxes`),
    unreachable: () => ({ driver: postgres('postgres://u:p@127.0.0.1:1/d'), within: 2_000 }),
    remove: () => void server.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`),
  }
}

describe('postgres', () => {
  testDriver(test, ground, ['durable', 'future', 'unreachable'])
})
