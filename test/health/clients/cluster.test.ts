import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, Redis as Ioredis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { startCluster, startRedis, startSentinel } from '../../servers/redis.ts'
import { until, Watch } from './world.ts'

test('a cluster fails while one of its masters is away', async (t) => {
  const cluster = await startCluster()
  t.after(() => cluster.end())
  const nodes = cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port }))
  const first = new Cluster(nodes, { clusterRetryStrategy: () => 50 })
  const second = createCluster({ rootNodes: nodes.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })) })
  for (const client of [first, second]) client.on('error', () => undefined)
  await second.connect()
  t.after(() => {
    first.disconnect()
    second.destroy()
  })
  for (const client of [first, second]) await new Watch(t, client).until(/^pass$/)
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await first.set(key, key)
    await second.set(key, key)
  }
  const watches = [new Watch(t, first), new Watch(t, second)]
  for (const watch of watches) await watch.until(/^pass$/)
  await cluster.nodes[1]!.stop()
  for (const watch of watches) await watch.until(/^fail /)
  await cluster.nodes[1]!.start()
  for (const watch of watches) await watch.until(/^pass$/)
})

test('a pool of clients is asked, and warns when work waits for one', async (t) => {
  const server = await startRedis()
  t.after(() => server.end())
  const pool = createClientPool({ url: server.url }, { minimum: 1, maximum: 1 })
  pool.on('error', () => undefined)
  await pool.connect()
  t.after(() => pool.destroy())
  const watch = new Watch(t, pool)
  await watch.until(/^pass$/)
  let isBusy = true
  const work = async (): Promise<void> => {
    while (isBusy) await pool.blPop('nothing', 0.05)
  }
  const workers = [work(), work(), work()]
  await watch.until(/^warn pool_saturated$/)
  isBusy = false
  await Promise.all(workers)
  await watch.until(/^pass$/)
})

test('behind a Sentinel the new master is asked when the old one has gone', async (t) => {
  const servers = await startSentinel()
  t.after(() => servers.end())
  const at = { host: '127.0.0.1', port: servers.sentinel.port }
  const first = new Ioredis({ sentinels: [at], name: 'mine', sentinelRetryStrategy: () => 50, retryStrategy: () => 50 })
  const second = createSentinel({ name: 'mine', sentinelRootNodes: [at], scanInterval: 100 })
  for (const client of [first, second]) client.on('error', () => undefined)
  await second.connect()
  t.after(async () => {
    first.disconnect()
    await second.destroy()
  })
  const [one, other] = [new Watch(t, first), new Watch(t, second)]
  for (const watch of [one, other]) await watch.until(/^pass$/)
  await servers.primary.kill()
  await until(() => servers.sentinel.cli('sentinel', 'master', 'mine').includes(`${servers.replica.port}`))
  // The old master is gone, so whoever answers now is the new one; how long it takes to be chosen is the Sentinel's.
  for (const watch of [one, other]) await watch.until(/^pass$/)
})

test('connections that listen to channels are asked as well', async (t) => {
  const server = await startRedis()
  t.after(() => server.end())
  const first = new Ioredis(server.port, '127.0.0.1')
  const second = createClient({ url: server.url })
  for (const client of [first, second]) client.on('error', () => undefined)
  await second.connect()
  t.after(() => {
    first.disconnect()
    second.destroy()
  })
  await first.subscribe('news')
  await second.subscribe('news', () => undefined)
  for (const client of [first, second]) {
    const watch = new Watch(t, client)
    await watch.until(/^pass$/)
    assert.deepEqual(await watch.runs(2), ['pass', 'pass'])
  }
})

test('a client that was never connected stays so until the app connects it', async (t) => {
  const server = await startRedis()
  t.after(() => server.end())
  const client = createClient({ url: server.url })
  client.on('error', () => undefined)
  const watch = new Watch(t, client)
  await watch.until(/^fail disconnected$/)
  await client.connect()
  t.after(() => client.destroy())
  await watch.until(/^pass$/)
  await until(() => client.isReady)
})
