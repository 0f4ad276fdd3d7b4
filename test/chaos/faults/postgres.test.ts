import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import type { Fault, Scene } from '../../../chaos/fault.ts'
import { cancel, crowd, lock, readOnly, terminate } from '../../../chaos/faults/postgres.ts'
import { crash, freeze, restart } from '../../../chaos/faults/server.ts'
import type { Field } from '../../../chaos/field.ts'
import { Random } from '../../../chaos/random.ts'
import { postgres } from '../../../chaos/stores/postgres.ts'

const sceneOf = (field: Field): Scene => ({ field, crew: { hands: [] }, now: () => Date.now() })

let field: Field
before(async () => {
  field = await postgres()
  field.postgres!.sql('CREATE SCHEMA pocketmetrics AUTHORIZATION app')
  for (const table of ['boxes', 'names', 'events', 'documents', 'claims'])
    field.postgres!.sql(`SET ROLE app; CREATE TABLE pocketmetrics.${table} (id int)`)
})
after(() => field.end())

const connection = { query_timeout: 800, connectionTimeoutMillis: 800, application_name: 'pocketmetrics' }

/** A statement that writes into every table, and takes a moment. */
const WRITE = ['boxes', 'names', 'events', 'documents', 'claims']
  .map((table) => `INSERT INTO pocketmetrics.${table} VALUES (1)`)
  .join('; ')

/** What a client that is connected, or one that comes, is told while a fault lasts; afterwards both work. */
async function told(fault: Fault, comes: boolean): Promise<string> {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: field.url, ...connection })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const early = await connect()
  assert.ok(fault.possible(sceneOf(field)))
  const back = await fault.strike(sceneOf(field), new Random(7))
  const words = await (comes ? connect() : Promise.resolve(early))
    .then((client) =>
      client.query(`${WRITE}; SELECT pg_sleep(0.3)`).finally(() => void client.end().catch(() => undefined))
    )
    .then(() => 'done', String)
  early.end().catch(() => undefined)
  await back()
  const later = await connect()
  await later.query(WRITE)
  await later.end()
  return words
}

for (const [fault, comes, words] of [
  [freeze, false, /timeout/],
  [crash, false, /terminat|connection error/],
  [restart, false, /terminat|connection error/],
  [terminate, false, /terminat/],
  [cancel, false, /cancel/],
  [lock, false, /timeout/],
  [readOnly, true, /read-only/],
  [crowd, true, /too many connections/],
] as const) {
  test(`${fault.name} is what a client meets, and afterwards all is well`, async () => {
    assert.match(await told(fault, comes), words)
  })
}
