import assert from 'node:assert/strict'
import Module from 'node:module'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTo, createServer } from 'node:net'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Code, MetricsError } from '../../../src/errors.ts'
import { START, batch, box, boxesOf, bytes, event, eventsOf } from '../../../src/storage/cases/ground.ts'
import { connect } from '../../../src/storage/open.ts'
import { postgres } from '../../../src/storage/postgres.ts'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'

let server: Postgres
before(async () => {
  server = await startPostgres(['max_connections=12', 'superuser_reserved_connections=3'])
  server.sql(`CREATE ROLE app LOGIN PASSWORD 'own-secret'; CREATE ROLE reader LOGIN PASSWORD 'own-secret'`)
  server.sql(`CREATE DATABASE apps OWNER app`)
  server.sql(`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`)
})
after(() => server.end())

const url = (more: string = ''): string => `${server.urlOf('app', 'own-secret', 'apps')}${more}`
const put = batch({ boxes: [box(START)], events: [event(1)] })

/** What `open` rejects with: one line that says what to do, and no secret. */
async function refusal(place: string, timeout: number = 3_000): Promise<MetricsError> {
  const driver = postgres(place, { timeout })
  try {
    await driver.open()
  } catch (error) {
    assert.ok(error instanceof MetricsError, String(error))
    assert.ok((error.hint ?? '').length > 0, error.message)
    assert.equal(/secret|127\.0\.0\.1|\n/.test(`${error.message} ${error.hint}`), false, error.message)
    return error
  } finally {
    await driver.close()
  }
  return assert.fail('it opened')
}

/** Tries until it works: the server counts a connection for a moment after its end. */
async function eventually(work: () => Promise<void>): Promise<void> {
  for (let left = 50; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left === 0) throw error
      await sleep(20)
    }
  }
}

const REFUSALS: readonly (readonly [string, () => string, Code, RegExp])[] = [
  ['a wrong password', () => server.urlOf('app', 'wrong-secret', 'apps'), 'storage_unwritable', /password/],
  ['no password', () => `postgres://app@127.0.0.1:${server.port}/apps`, 'storage_unwritable', /password/],
  ['an unknown user', () => server.urlOf('nobody', 'secret', 'apps'), 'storage_unwritable', /password/],
  ['a missing database', () => server.urlOf('app', 'own-secret', 'missing'), 'storage_unwritable', /no such database/],
  ['no right to make the schema', () => server.urlOf('reader', 'own-secret', 'apps'), 'storage_unwritable', /schema/],
  ['encryption that the server lacks', () => url('?sslmode=require'), 'storage_unwritable', /no encryption/],
  [
    'a database that cannot hold every text',
    () => server.urlOf('postgres', 'secret', 'latin'),
    'storage_unwritable',
    /LATIN1/,
  ],
  ['a port where nobody listens', () => 'postgres://app:own-secret@127.0.0.1:1/apps', 'storage_failed', /ECONNREFUSED/],
  ['a host that nobody knows', () => 'postgres://app:own-secret@host.invalid/apps', 'storage_failed', /host name/],
  [
    'a certificate that is not there',
    () => url('?sslmode=verify-ca&sslrootcert=/no/such/file'),
    'storage_unwritable',
    /certificate/,
  ],
]

for (const [name, place, code, words] of REFUSALS) {
  test(`${name} is told in a line with the fix, and without a secret`, async () => {
    const error = await refusal(place())
    assert.equal(error.code, code, error.message)
    assert.match(error.message, words)
  })
}

test('what the administrator then allows works without a restart', async () => {
  const driver = postgres(server.urlOf('reader', 'own-secret', 'apps'), { schema: 'granted' })
  await assert.rejects(async () => driver.open(), MetricsError)
  server.sql('CREATE SCHEMA granted AUTHORIZATION reader', 'apps')
  await driver.put(put)
  assert.equal((await boxesOf(driver)).length, 1)
  await driver.close()
})

test('a server that is read-only answers, says so at a put, and takes it as soon as it may', async () => {
  const driver = postgres(url('?schema=readonly'))
  await driver.open()
  await driver.put(put)
  await driver.close()
  server.sql('ALTER DATABASE apps SET default_transaction_read_only = on')
  assert.equal((await refusal(url('?schema=never_made'))).code, 'storage_readonly')
  await driver.open()
  assert.equal((await boxesOf(driver)).length, 1)
  await assert.rejects(
    async () => driver.put(batch({ events: [event(2)] })),
    (error) => error instanceof MetricsError && error.code === 'storage_readonly' && /primary/.test(error.hint ?? '')
  )
  await driver.close()
  server.sql('ALTER DATABASE apps RESET default_transaction_read_only')
  await driver.open()
  await driver.put(batch({ events: [event(2)] }))
  assert.equal((await eventsOf(driver)).length, 2)
  await driver.close()
})

test('where no connection is left that is told, and the next put goes in when there is one', async () => {
  const others: pg.Client[] = []
  for (let left = true; left;) {
    const client = new pg.Client(url())
    left = await client.connect().then(
      () => true,
      () => false
    )
    if (left) others.push(client)
  }
  const driver = postgres(url('?schema=crowded'))
  await assert.rejects(
    async () => driver.open(),
    (error) => error instanceof MetricsError && error.code === 'storage_busy' && /connection/.test(error.message)
  )
  await Promise.all(others.map((client) => client.end()))
  await eventually(async () => driver.put(put))
  await driver.close()
})

test('tables of another program are left alone', async () => {
  server.sql('CREATE SCHEMA theirs AUTHORIZATION app; CREATE TABLE theirs.events (id int)', 'apps')
  const error = await refusal(url('?schema=theirs'))
  assert.deepEqual([error.code, /schema of their own/.test(error.hint ?? '')], ['storage_unwritable', true])
  assert.equal(server.sql(`SELECT count(*) FROM pg_tables WHERE schemaname = 'theirs'`, 'apps'), '1')
})

test('tables that are dropped while the app runs are made anew by the next put', async () => {
  const driver = postgres(url('?schema=dropped'))
  await driver.open()
  server.sql('DROP SCHEMA dropped CASCADE', 'apps')
  await assert.rejects(async () => driver.put(put), MetricsError)
  await driver.put(put)
  assert.equal((await boxesOf(driver)).length, 1)
  await driver.close()
})

/** A pooler as PgBouncer is by default: it takes no settings with the start of a connection. */
async function pooler(t: TestContext): Promise<number> {
  const refused = Buffer.from('SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0')
  const gate = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (start: Buffer) => {
      if (start.includes('statement_timeout')) {
        const head = Buffer.from([0x45, 0, 0, 0, refused.length + 4])
        socket.end(Buffer.concat([head, refused]))
        return
      }
      const through = connectTo(server.port, '127.0.0.1')
      through.on('error', () => socket.destroy())
      through.write(start)
      socket.pipe(through).pipe(socket)
    })
  })
  t.after(() => gate.close())
  gate.listen(0, '127.0.0.1')
  await once(gate, 'listening')
  return (gate.address() as AddressInfo).port
}

test('a pooler that takes no settings is used without them', async (t) => {
  const driver = postgres(`postgres://app:own-secret@127.0.0.1:${await pooler(t)}/apps?schema=pooled`)
  await driver.open()
  await Promise.all([driver.put(put), driver.size(), driver.get('x'), eventsOf(driver)])
  assert.equal((await boxesOf(driver)).length, 1)
  await driver.close()
})

test('two apps in one database have each a schema, and none sees the other', async () => {
  const [one, two] = [postgres(url('?schema=app_one')), postgres(url(), { schema: 'App_Two' })]
  await Promise.all([one.open(), two.open()])
  await one.put(put)
  await one.claim(['id'], 'w1', START)
  assert.deepEqual([(await boxesOf(two)).length, (await eventsOf(two)).length], [0, 0])
  assert.deepEqual(await two.claim(['id'], 'w2', START), [true])
  await two.put(batch({ boxes: [box(START, { numbers: bytes(7) })] }))
  await two.prune('open', START + 1)
  assert.equal((await boxesOf(one)).length, 1)
  await Promise.all([one.close(), two.close()])
})

test('an app that comes to the schema of another is told, once', async () => {
  const kept = { '1m': 1, '15m': 1, '1h': 1, '1d': 1 }
  const begin = async (app: string): Promise<string | null> => {
    const place = { kind: 'postgres', url: url('?schema=shared'), options: {} } as const
    const { driver, standing } = await connect(place, { tenant: { app, kept, events: 1 } })
    const { mode, problem } = standing()
    assert.equal(mode, 'remote')
    await driver.close()
    return problem
  }
  assert.equal(await begin('shop'), null)
  assert.equal(await begin('shop'), null)
  assert.match((await begin('blog')) ?? '', /metrics of shop.*those of blog.*\?schema=/)
  assert.equal(await begin('blog'), null)
  assert.equal(await begin('shop'), null)
})

test('drivers that begin at once on an empty database make one schema', async () => {
  for (let round = 0; round < 5; round++) {
    const place = url(`?schema=together${round}`)
    const drivers = Array.from({ length: 4 }, () => postgres(place, { connections: 1 }))
    await Promise.all(drivers.map(async (driver) => driver.open()))
    await Promise.all(drivers.map(async (driver) => driver.close()))
    assert.equal(server.sql(`SELECT count(*) FROM together${round}.pocketmetrics`, 'apps'), '1')
  }
})

test('without its package the store is memory, and the line says what to install', async (t) => {
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown }
  const load = loader._load.bind(loader)
  t.mock.method(loader, '_load', (request: string, ...rest: unknown[]) => {
    if (request === 'pg') throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' })
    return load(request, ...rest)
  })
  const { driver, standing } = await connect({ kind: 'postgres', url: url(), options: {} })
  assert.equal(standing().mode, 'memory-fallback')
  assert.match(standing().problem ?? '', /npm install pg/)
  await driver.put(put)
  await driver.close()
})

test('a version to come leaves the metrics in memory, and says why', async () => {
  const driver = postgres(url('?schema=later'))
  await driver.open()
  await driver.close()
  server.sql('UPDATE later.pocketmetrics SET version = 99', 'apps')
  const { driver: instead, standing } = await connect({ kind: 'postgres', url: url('?schema=later'), options: {} })
  assert.equal(standing().mode, 'memory-fallback')
  assert.match(standing().problem ?? '', /newer version.*upgrade/)
  await instead.close()
})

test('what is neither a URL nor a pool is refused at once', () => {
  for (const target of ['postgres://u:secret@h:x/d', 5, {}, null, new pg.Client(url())]) {
    assert.throws(
      () => postgres(target as never),
      (error) => error instanceof MetricsError && error.code === 'bad_option' && !error.message.includes('secret')
    )
  }
  assert.throws(
    () => postgres(url(), { schema: 'a"b' }),
    (error) => error instanceof MetricsError && error.code === 'bad_option'
  )
})

test('the password is not seen where the driver is printed', () => {
  const driver = postgres(url())
  assert.equal(JSON.stringify(driver).includes('own-secret'), false)
  assert.equal(String(Object.values(driver)).includes('own-secret'), false)
})
