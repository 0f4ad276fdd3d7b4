import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import postgresJs from 'postgres'
import { type Ground, testDriver } from '../../../src/storage/conformance.ts'
import { MINUTE, START, batch, box, boxesOf, bytes, sameBox } from '../../../src/storage/cases/ground.ts'
import type { StorageDriver } from '../../../src/storage/driver.ts'
import { postgres } from '../../../src/storage/postgres.ts'
import { Known } from '../../../src/storage/postgres/known.ts'
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

test('sealed boxes that are as they were read before are not sent again; what has changed since is', async () => {
  const [one, two] = [postgres(server.url, { schema: 'known' }), postgres(server.url, { schema: 'known' })]
  await Promise.all([one.open(), two.open()])
  const sealed = { which: 'sealed', detail: false } as const
  const nth = (index: number, seed: number) => box(START + index * MINUTE, { writer: '*', numbers: bytes(60, seed) })
  await one.put(batch({ boxes: Array.from({ length: 60 }, (_, index) => nth(index, index)) }))
  const before = await boxesOf(one, sealed)
  assert.ok((await boxesOf(one, sealed)).every(({ numbers }, index) => numbers === before[index]!.numbers))
  await two.put(batch({ boxes: [nth(30, 99), nth(60, 1), nth(61, 2)] }))
  assert.equal(await two.seal([nth(61, 3)], [nth(61, 2), nth(40, 40)]), true)
  await two.prune('1m', START + 2 * MINUTE)
  const now = await boxesOf(one, sealed)
  assert.equal(now.length, 59)
  for (const [index, found] of (await boxesOf(two, sealed)).entries()) sameBox(now[index], found)
  assert.equal(now.filter(({ numbers }) => before.some((old) => old.numbers === numbers)).length, 56)
  await Promise.all([one.close(), two.close()])
})

test('what is held of sealed boxes is bounded, and what was read longest ago goes first', () => {
  const known = new Known()
  const held = (start: number, size: number) => ({ shelf: 1, start, put: '1 1', numbers: new Uint8Array(size) })
  for (let start = 0; start < 20; start++) known.hold(held(start, 1_000_000))
  assert.deepEqual(
    known.within(1, 0, 99).map(({ start }) => start),
    [12, 13, 14, 15, 16, 17, 18, 19]
  )
  known.hold(held(13, 10))
  known.hold(held(99, 2_000_000))
  assert.equal(known.within(1, 13, 14)[0]!.numbers.length, 10)
  assert.deepEqual(known.within(1, 99, 100), [])
})

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
