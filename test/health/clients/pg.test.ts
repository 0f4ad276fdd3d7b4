import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import pg from 'pg'
import { type Postgres, startPostgres } from '../../servers/postgres.ts'
import { type Proxy, startProxy } from '../../servers/proxy.ts'
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

/** A pool of the app, whose errors the app hears, as pg wants it. */
function pool(t: TestContext, options: pg.PoolConfig = {}): pg.Pool {
  const made = new pg.Pool({ connectionString: server.url, max: 3, ...options })
  made.on('error', () => undefined)
  t.after(() => made.end())
  return made
}

/** How many connections of apps the server counts. */
function connections(): number {
  return Number(server.sql("select count(*) from pg_stat_activity where backend_type = 'client backend'")) - 1
}

const through = (): string => server.url.replace(`:${server.port}`, `:${proxy.port}`)

test('a database that is stopped fails, and is ready within two runs of its return, without a connection more', async (t) => {
  const watch = new Watch(t, pool(t))
  await watch.until(/^pass$/)
  assert.equal(connections(), 1)
  await server.stop()
  await watch.until(/^fail (ECONNREFUSED|57P01)$/)
  assert.equal(watch.word, 'fail')
  await server.start()
  assert.ok((await watch.until(/^pass$/)) <= 2)
  assert.equal(watch.word, 'pass')
  await watch.runs(3)
  assert.equal(connections(), 1)
})

test('a database that is frozen fails by the time, and its connections do not pile up', async (t) => {
  const watch = new Watch(t, pool(t))
  await watch.until(/^pass$/)
  server.freeze()
  await watch.until(/^fail timeout$/)
  await watch.runs(4)
  server.resume()
  assert.ok((await watch.until(/^pass$/)) <= 2)
  await until(() => connections() === 1, 'connections were left')
})

test('a database behind a network that swallows everything is asked anew each time', async (t) => {
  const own = pool(t, { connectionString: through() })
  const watch = new Watch(t, own)
  await watch.until(/^pass$/)
  proxy.blackHole()
  await watch.until(/^fail timeout$/)
  assert.deepEqual(new Set(await watch.runs(3)), new Set(['fail timeout']))
  assert.ok(own.totalCount <= 1, `${own.totalCount} connections`)
  await proxy.restore()
  assert.ok((await watch.until(/^pass$/)) <= 2)
  await until(() => connections() === 1, 'connections were left')
})

test('a slow network passes while an answer comes in time', async (t) => {
  const watch = new Watch(t, pool(t, { connectionString: through() }), { timeout: '5s' })
  await watch.until(/^pass$/)
  proxy.delay(100)
  assert.deepEqual(await watch.runs(3), ['pass', 'pass', 'pass'])
  await proxy.restore()
})

test('a pool with a queue before it warns, with how many wait', async (t) => {
  const own = pool(t, { max: 1 })
  const held = await own.connect()
  const waiting = [own.connect(), own.connect()]
  const watch = new Watch(t, own)
  await watch.until(/^warn pool_saturated$/)
  assert.deepEqual([watch.row.value, watch.row.unit], [3, 'waiting'])
  assert.equal(watch.word, 'warn')
  held.release()
  for (const one of waiting) (await one).release()
  await watch.until(/^pass$/)
  assert.equal(own.totalCount, 1)
  assert.equal(own.idleCount, 1)
})

test('a queue that moves is a warning however long it is', async (t) => {
  const own = pool(t, { max: 1 })
  const watch = new Watch(t, own)
  await watch.until(/^pass$/)
  let isBusy = true
  const work = async (): Promise<void> => {
    while (isBusy) await own.query('select pg_sleep(0.05)')
  }
  const workers = [work(), work(), work()]
  await watch.until(/^warn pool_saturated$/)
  const results = await watch.runs(5)
  assert.ok(
    results.every((one) => one === 'warn pool_saturated' || one === 'pass'),
    results.join(', ')
  )
  isBusy = false
  await Promise.all(workers)
  await watch.until(/^pass$/)
})

test('a pool of which nobody gives anything back fails in the end, and has one request of ours in its queue', async (t) => {
  const own = pool(t, { max: 1 })
  const held = await own.connect()
  const watch = new Watch(t, own)
  await watch.until(/^warn pool_saturated$/)
  await watch.until(/^fail timeout$/)
  await watch.runs(2)
  assert.equal(own.waitingCount, 1)
  held.release()
  assert.ok((await watch.until(/^pass$/)) <= 2)
})

test('a connection that is lent after the metrics are closed is given back', async (t) => {
  const own = pool(t, { max: 1 })
  const held = await own.connect()
  const watch = new Watch(t, own)
  await until(() => own.waitingCount === 1)
  watch.end()
  held.release()
  await until(() => own.idleCount === 1)
  assert.deepEqual([own.totalCount, own.waitingCount], [1, 0])
})

test('a client is asked over its own connection, after what it has to do', async (t) => {
  const client = new pg.Client({ connectionString: server.url })
  const warnings: string[] = []
  const warned = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', warned)
  await client.connect()
  t.after(() => client.end())
  const watch = new Watch(t, client)
  await watch.until(/^pass$/)
  const busy = client.query('select pg_sleep(0.4)')
  await watch.runs(3)
  await busy
  await client.query('begin')
  await assert.rejects(client.query('select nonsense'))
  assert.deepEqual(await watch.runs(2), ['pass', 'pass'])
  await client.query('rollback')
  process.off('warning', warned)
  assert.deepEqual(warnings, [])
  assert.equal(connections(), 1)
})

test('a client that never rests is a warning, as it is answered', async (t) => {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  t.after(() => client.end())
  let isBusy = true
  const work = async (): Promise<void> => {
    while (isBusy) await client.query('select pg_sleep(0.02)')
  }
  const workers = [work(), work(), work()]
  const watch = new Watch(t, client)
  await watch.until(/^warn client_busy$/)
  isBusy = false
  await Promise.all(workers)
  await watch.until(/^pass$/)
})

test('a client whose server has gone fails', async (t) => {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => undefined)
  await client.connect()
  const watch = new Watch(t, client)
  await watch.until(/^pass$/)
  await server.restart()
  await watch.until(/^fail /)
  assert.equal(watch.row.code, 'disconnected')
})

test('a wrong password fails with the code of the server, and is nowhere', async (t) => {
  const wrong = server.urlOf('postgres', 'hunter2-wrong')
  const watch = new Watch(t, pool(t, { connectionString: wrong }))
  await watch.until(/^fail 28P01$/)
  const said = watch.shown + watch.lines.join('\n')
  assert.ok(!said.includes('hunter2'), said)
  assert.ok(!watch.shown.includes('127.0.0.1'), watch.shown)
  assert.match(watch.lines.join('\n'), /check 'it' fails \(28P01\).*password authentication failed/)
})

test('no more than one run is in flight, however often a check is due', async (t) => {
  const own = pool(t)
  let running = 0
  let most = 0
  const connect = own.connect.bind(own)
  own.on('acquire', () => (most = Math.max(most, ++running)))
  own.on('release', () => running--)
  assert.equal(typeof connect, 'function')
  const watch = new Watch(t, own, { interval: '50ms', timeout: '400ms' })
  await watch.until(/^pass$/)
  server.freeze()
  await watch.runs(5)
  server.resume()
  await watch.until(/^pass$/)
  assert.equal(most, 1)
})
