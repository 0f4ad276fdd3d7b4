import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import postgresJs from 'postgres'
import { type Code, MetricsError } from '../../../src/errors.ts'
import { START, all, batch, box, boxesOf, bytes, event, eventsOf } from '../../../src/storage/cases/ground.ts'
import type { StorageDriver } from '../../../src/storage/driver.ts'
import { postgres } from '../../../src/storage/postgres.ts'
import { fakeClock } from '../../../src/testing.ts'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'

let server: Postgres
before(async () => {
  server = await startPostgres(['max_connections=40'])
})
after(() => server.end())

const coded = (code: Code) => (error: unknown) => error instanceof MetricsError && error.code === code
const ours = (): number =>
  Number(
    server.sql(
      `SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND pid <> pg_backend_pid() AND backend_type = 'client backend'`
    )
  )

async function opened(schema: string, timeout: number = 5_000): Promise<StorageDriver> {
  const driver = postgres(server.url, { schema, timeout })
  await driver.open()
  return driver
}

/** Puts until it is kept, as the flusher does. */
async function insist(driver: StorageDriver, put: Parameters<StorageDriver['put']>[0]): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      await driver.put(put)
      return tries
    } catch (error) {
      assert.ok(error instanceof MetricsError, String(error))
      if (tries > 200) throw error
      await sleep(50)
    }
  }
}

test('a server that stands still is given up in time, again and again, and leaves no connection behind', async () => {
  const driver = await opened('frozen', 1_000)
  await driver.put(batch({ boxes: [box(START)] }))
  server.freeze()
  try {
    for (let round = 0; round < 2; round++) {
      const started = performance.now()
      await assert.rejects(async () => driver.put(batch({ events: [event(round + 1)] })), coded('storage_timeout'))
      await assert.rejects(boxesOf(driver), coded('storage_timeout'))
      assert.ok(performance.now() - started < 5_000)
    }
  } finally {
    server.resume()
  }
  assert.ok((await insist(driver, batch({ events: [1, 2, 3, 4].map((number) => event(number)) }))) < 40)
  assert.deepEqual(
    (await eventsOf(driver)).map(({ number }) => number),
    [4, 3, 2, 1]
  )
  assert.ok(ours() <= 2, `${ours()} connections`)
  await driver.close()
})

test('closing does not wait for a server that stands still', async () => {
  const driver = await opened('closing')
  const waiting = assert.rejects(
    all(driver.names()).then(() => driver.size()),
    coded('closed')
  )
  server.freeze()
  try {
    const stuck = assert.rejects(async () => driver.put(batch({ boxes: [box(START)] })), MetricsError)
    const started = performance.now()
    await driver.close()
    assert.ok(performance.now() - started < 3_000)
    server.resume()
    await Promise.all([stuck, waiting])
  } finally {
    server.resume()
  }
})

test('the first call after a restart works, and nobody hears of connections that broke while they were idle', async () => {
  const driver = await opened('restarted')
  await driver.put(batch({ boxes: [box(START)] }))
  for (const how of ['restart', 'kill'] as const) {
    await server[how]()
    if (how === 'kill') await server.start()
    assert.equal((await boxesOf(driver)).length, 1)
    await driver.put(batch({ boxes: [box(START)] }))
  }
  await driver.close()
})

test('four writers go on through crashes and restarts: what was acknowledged is there, once, and nothing else', async () => {
  const drivers = await Promise.all(Array.from({ length: 4 }, () => opened('crashes', 2_000)))
  let going = true
  const wrote = drivers.map(async (driver, index) => {
    let number = 0
    for (; going; number += 5) {
      const events = [1, 2, 3, 4, 5].map((more) => event(number + more, { writer: `w${index}` }))
      await insist(
        driver,
        batch({ boxes: [box(START, { writer: `w${index}`, numbers: bytes(3_000, number) })], events })
      )
    }
    return number
  })
  for (const how of ['kill', 'restart', 'kill'] as const) {
    await sleep(300)
    await server[how]()
    if (how === 'kill') await server.start()
  }
  await sleep(300)
  going = false
  const counts = await Promise.all(wrote)
  const [first] = drivers
  const found = await eventsOf(first!)
  for (const [index, count] of counts.entries()) {
    const numbers = found.filter(({ writer }) => writer === `w${index}`).map(({ number }) => number)
    assert.deepEqual(
      numbers.reverse(),
      Array.from({ length: count }, (_, at) => at + 1)
    )
    assert.ok(count > 20, `only ${count}`)
  }
  assert.equal((await boxesOf(first!)).length, 4)
  await Promise.all(drivers.map(async (driver) => driver.close()))
})

test('a put that was held up on its way does not undo a later one', async () => {
  const driver = await opened('late', 1_000)
  await driver.put(batch({ boxes: [box(START, { numbers: bytes(10) })] }))
  const pids = server.sql(`SELECT pid FROM pg_stat_activity WHERE application_name = 'pocketmetrics'`).split('\n')
  for (const pid of pids) process.kill(Number(pid), 'SIGSTOP')
  try {
    const early = batch({ boxes: [box(START, { numbers: bytes(20) })], events: [event(1)] })
    const later = batch({ boxes: [box(START, { numbers: bytes(30) })], events: [event(1), event(2)] })
    await assert.rejects(async () => driver.put(early), coded('storage_timeout'))
    await insist(driver, later)
  } finally {
    for (const pid of pids) process.kill(Number(pid), 'SIGCONT')
  }
  const gone = `SELECT count(*) FROM pg_stat_activity WHERE pid IN (${pids.join(',')})`
  while (server.sql(gone) !== '0') await sleep(20)
  assert.equal((await boxesOf(driver))[0]?.numbers.length, 30)
  assert.deepEqual(
    (await eventsOf(driver)).map(({ number }) => number),
    [2, 1]
  )
  await driver.close()
})

test('names that a server has lost with its last moments are there again half a minute later', async (t) => {
  // What is committed is synced ten seconds later; a replica that lags is no other.
  const lazy = await startPostgres(['synchronous_commit=off', 'wal_writer_delay=10s'])
  t.after(() => lazy.end())
  const clock = fakeClock()
  const driver = postgres(lazy.url, { clock })
  await driver.open()
  lazy.sql('CHECKPOINT')
  const name = { id: '00000000000000a0', text: '{"metric":"x"}' }
  await driver.put(batch({ names: [name] }))
  await lazy.kill()
  await lazy.start()
  assert.deepEqual(await all(driver.names()), [])
  await driver.put(batch({ boxes: [box(START)] }))
  clock.advance(30_000)
  await driver.put(batch({ boxes: [box(START)] }))
  assert.deepEqual(await all(driver.names()), [name])
  lazy.sql('DELETE FROM pocketmetrics.names')
  clock.advance(30_000)
  await driver.put(batch({ boxes: [box(START)] }))
  assert.deepEqual(await all(driver.names()), [], 'twice is enough')
  await driver.close()
})

test('who asks for what came since never misses an event, however many write at once', async () => {
  const drivers = await Promise.all(Array.from({ length: 5 }, () => opened('since')))
  const reader = drivers.pop()!
  let going = true
  const seen: number[] = []
  const looked = (async () => {
    let last = 0
    for (let more = true; more;) {
      more = going
      const found = await eventsOf(reader, { sinceId: last })
      for (const { id } of found.reverse()) {
        assert.ok(id > last)
        seen.push((last = id))
      }
    }
  })()
  await Promise.all(
    drivers.map(async (driver, index) => {
      for (let number = 1; number <= 60; number++) {
        await driver.put(
          batch({
            events: [event(number * 2, { writer: `w${index}` }), event(number * 2 + 1, { writer: `w${index}` })],
          })
        )
      }
    })
  )
  going = false
  await looked
  assert.equal(seen.length, 4 * 120)
  await Promise.all([reader, ...drivers].map(async (driver) => driver.close()))
})

test('the pools of the app itself stay usable, and whole, after a server that stood still', async () => {
  const pool = new pg.Pool({ connectionString: server.url, max: 2, connectionTimeoutMillis: 1_000 })
  pool.on('error', () => undefined)
  const sql = postgresJs(server.url, { max: 2, connect_timeout: 1, onnotice: () => undefined })
  const drivers = [
    postgres(pool, { schema: 'pools', timeout: 1_000 }),
    postgres(sql, { schema: 'pools', timeout: 1_000 }),
  ]
  for (const driver of drivers) await driver.open()
  server.freeze()
  try {
    for (const driver of drivers) {
      await assert.rejects(async () => driver.put(batch({ boxes: [box(START)] })), coded('storage_timeout'))
    }
  } finally {
    server.resume()
  }
  for (const driver of drivers) {
    await insist(driver, batch({ boxes: [box(START)] }))
    await driver.close()
  }
  assert.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1)
  assert.equal((await sql`SELECT 1 AS one`)[0]?.['one'], 1)
  await pool.end()
  await sql.end({ timeout: 1 })
})
