import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { PrismaPg } from '@prisma/adapter-pg'
import { drizzle } from 'drizzle-orm/node-postgres'
import knex from 'knex'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'
import { type Proxy, startProxy } from '../../servers/proxy.ts'
import { prismaOf } from './prisma.ts'
import { until, Watch } from './world.ts'

let server: Postgres
let proxy: Proxy

before(async () => {
  server = await startPostgres()
  proxy = await startProxy(server.port)
})

after(async () => {
  await proxy.stop()
  await server.end()
})

function connections(): number {
  return Number(server.sql("select count(*) from pg_stat_activity where backend_type = 'client backend'")) - 1
}

const poolOf = (t: TestContext, url: string): pg.Pool => {
  const pool = new pg.Pool({ connectionString: url, max: 3 })
  pool.on('error', () => undefined)
  t.after(() => pool.end().catch(() => undefined))
  return pool
}

/** Each client that asks PostgreSQL, as an app makes it. */
const clients: Readonly<Record<string, (t: TestContext, url: string) => object>> = {
  postgres: (t, url) => {
    const sql = postgres(url, { max: 3, onnotice: () => undefined, backoff: () => 0.05 })
    t.after(() => sql.end({ timeout: 0 }))
    return sql
  },
  Drizzle: (t, url) => drizzle(poolOf(t, url)),
  Knex: (t, url) => {
    const made = knex({ client: 'pg', connection: url, pool: { min: 0, max: 3 }, acquireConnectionTimeout: 2000 })
    t.after(() => made.destroy())
    return made
  },
  Kysely: (t, url) => {
    const pool = new pg.Pool({ connectionString: url, max: 3 })
    pool.on('error', () => undefined)
    // Kysely does not listen to a connection that breaks while it is asked; its apps have to.
    pool.on('connect', (client) => client.on('error', () => undefined))
    const made = new Kysely({ dialect: new PostgresDialect({ pool }) })
    t.after(() => made.destroy())
    return made
  },
  Prisma: (t, url) => {
    const made = prismaOf(new PrismaPg({ connectionString: url, max: 3 }))
    t.after(() => made.$disconnect())
    return made
  },
}

for (const [name, make] of Object.entries(clients)) {
  test(`${name}: a server that is stopped fails, and is ready within two runs of its return`, async (t) => {
    const watch = new Watch(t, make(t, server.url))
    await watch.until(/^pass$/)
    assert.equal(connections(), 1)
    await server.stop()
    await watch.until(/^fail (ECONNREFUSED|57P01|CONNECTION_CLOSED|DatabaseNotReachable)$/)
    await server.start()
    assert.ok((await watch.until(/^pass$/)) <= 2)
    await watch.runs(3)
    assert.equal(connections(), 1)
  })

  test(`${name}: a server that is frozen fails by the time, and nothing piles up`, async (t) => {
    const watch = new Watch(t, make(t, server.url))
    await watch.until(/^pass$/)
    server.freeze()
    await watch.until(/^fail timeout$/)
    await watch.runs(4)
    server.resume()
    assert.ok((await watch.until(/^pass$/)) <= 2)
    // One that hangs may be asked once more, over a second connection.
    await until(() => connections() <= 2, 'connections were left')
  })

  test(`${name}: a network that swallows everything fails, and passes again`, async (t) => {
    const watch = new Watch(t, make(t, server.url.replace(`:${server.port}`, `:${proxy.port}`)))
    await watch.until(/^pass$/)
    proxy.blackHole()
    await watch.until(/^fail timeout$/)
    await watch.runs(2)
    await proxy.restore()
    assert.ok((await watch.until(/^pass$/)) <= 2)
    // One that hangs may be asked once more, over a second connection.
    await until(() => connections() <= 2, 'connections were left')
  })

  test(`${name}: a wrong password is nowhere`, async (t) => {
    const watch = new Watch(t, make(t, server.urlOf('postgres', 'hunter2-wrong')))
    await watch.until(/^fail (28P01|AuthenticationFailed)$/)
    const said = watch.shown + watch.lines.join('\n')
    assert.ok(!said.includes('hunter2'), said)
    assert.ok(!watch.shown.includes('127.0.0.1'), watch.shown)
  })
}

test('Knex: a pool with a queue before it warns', async (t) => {
  const made = knex({ client: 'pg', connection: server.url, pool: { min: 0, max: 1 } })
  t.after(() => made.destroy())
  const busy = Promise.all([made.raw('select pg_sleep(1)'), made.raw('select 1')])
  const watch = new Watch(t, made)
  await watch.until(/^warn pool_saturated$/)
  await busy
  await watch.until(/^pass$/)
})

test('what is around a client, or asks like one, is taken by { sql }', async (t) => {
  const pool = poolOf(t, server.url)
  for (const sql of [
    pool,
    { query: (text: string) => pool.query(text) },
    { execute: (text: string) => pool.query(text) },
  ]) {
    const watch = new Watch(t, { sql })
    await watch.until(/^pass$/)
    watch.end()
  }
})
