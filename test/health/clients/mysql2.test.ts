import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import mysql from 'mysql2'
import promised from 'mysql2/promise'
import { type Mariadb, startMariadb } from '../../servers/mariadb.ts'
import { type Proxy, startProxy } from '../../servers/proxy.ts'
import { until, Watch } from './world.ts'

let server: Mariadb
let proxy: Proxy

before(async () => {
  server = await startMariadb()
  proxy = await startProxy(server.port)
})

after(async () => {
  await proxy.stop()
  await server.end()
})

interface Pools {
  readonly callback: mysql.Pool
  readonly promise: promised.Pool
}

function pools(t: TestContext, uri: string = server.url, connectionLimit: number = 3): Pools {
  const callback = mysql.createPool({ uri, connectionLimit, connectTimeout: 1000 })
  const promise = promised.createPool({ uri, connectionLimit, connectTimeout: 1000 })
  t.after(async () => {
    callback.end()
    await promise.end()
  })
  return { callback, promise }
}

const through = (): string => server.url.replace(`:${server.port}`, `:${proxy.port}`)

/** How many connections of apps the server counts. */
async function connections(): Promise<number> {
  const connection = await promised.createConnection(server.url)
  const [rows] = await connection.query<mysql.RowDataPacket[]>(
    "select count(*) as n from information_schema.processlist where command <> 'Daemon'"
  )
  await connection.end()
  return Number(rows[0]?.['n']) - 1
}

for (const style of ['callback', 'promise'] as const) {
  test(`a pool (${style}): a server that is stopped fails, and is ready within two runs of its return`, async (t) => {
    const watch = new Watch(t, pools(t)[style])
    await watch.until(/^pass$/)
    assert.equal(await connections(), 1)
    await server.stop()
    await watch.until(/^fail ECONNREFUSED$/)
    await server.start()
    assert.ok((await watch.until(/^pass$/)) <= 2)
    await watch.runs(3)
    assert.equal(await connections(), 1)
  })

  test(`a pool (${style}): a server that is frozen fails by the time, and nothing piles up`, async (t) => {
    const watch = new Watch(t, pools(t)[style])
    await watch.until(/^pass$/)
    server.freeze()
    await watch.until(/^fail timeout$/)
    await watch.runs(4)
    server.resume()
    await watch.until(/^pass$/)
    await until(async () => (await connections()) === 1, 'connections were left')
  })

  test(`a pool (${style}): a network that swallows everything fails, and passes again`, async (t) => {
    const watch = new Watch(t, pools(t, through())[style])
    await watch.until(/^pass$/)
    proxy.blackHole()
    await watch.until(/^fail timeout$/)
    await watch.runs(2)
    await proxy.restore()
    assert.ok((await watch.until(/^pass$/)) <= 2)
    await until(async () => (await connections()) === 1, 'connections were left')
  })
}

test('a pool with a queue before it warns, with how many wait', async (t) => {
  const { callback, promise } = pools(t, server.url, 1)
  const held = await promise.getConnection()
  const waiting = promise.getConnection()
  const watch = new Watch(t, promise)
  await watch.until(/^warn pool_saturated$/)
  assert.deepEqual([watch.row.value, watch.row.unit], [2, 'waiting'])
  held.release()
  ;(await waiting).release()
  await watch.until(/^pass$/)
  const first = await new Promise<mysql.PoolConnection>((resolve) =>
    callback.getConnection((_, connection) => resolve(connection))
  )
  const other = new Watch(t, callback)
  await other.until(/^warn pool_saturated$/)
  await other.until(/^fail timeout$/)
  first.release()
  assert.ok((await other.until(/^pass$/)) <= 2)
  assert.equal(await connections(), 2)
})

test('a connection of its own is pinged, in both styles', async (t) => {
  const callback = mysql.createConnection(server.url)
  const promise = await promised.createConnection(server.url)
  for (const connection of [callback, promise]) connection.on('error', () => undefined)
  t.after(() => {
    callback.destroy()
    promise.destroy()
  })
  const watches = [new Watch(t, callback), new Watch(t, promise)]
  for (const watch of watches) await watch.until(/^pass$/)
  assert.equal(await connections(), 2)
  await server.restart()
  for (const watch of watches) await watch.until(/^fail /)
  for (const watch of watches) assert.match(`${watch.row.code}`, /^(PROTOCOL_CONNECTION_LOST|disconnected|ECONNRESET)$/)
})

test('a wrong password fails with the code of the driver, and is nowhere', async (t) => {
  const watch = new Watch(t, pools(t, server.url.replace('root@', 'nobody:hunter2@')).promise)
  await watch.until(/^fail ER_ACCESS_DENIED_ERROR$/)
  const said = watch.shown + watch.lines.join('\n')
  assert.ok(!said.includes('hunter2'), said)
  assert.ok(!watch.shown.includes('127.0.0.1'), watch.shown)
})
