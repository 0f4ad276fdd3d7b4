import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { Redis as Ioredis } from 'ioredis'
import { Redis as Ioredis5 } from 'ioredis5'
import { createClient } from 'redis'
import { createClient as createClient4 } from 'redis4'
import { createClient as createClient5 } from 'redis5'
import { type Proxy, startProxy } from '../../servers/proxy.ts'
import { type Redis, startRedis, startReplica } from '../../servers/redis.ts'
import { until, Watch } from './world.ts'

let server: Redis
let proxy: Proxy

/** Loads each key so slowly that loading can be watched. */
const SLOWLY = ['--key-load-delay', '15000', '--loading-process-events-interval-bytes', '1024']

before(async () => {
  server = await startRedis([...SLOWLY, '--repl-diskless-sync-delay', '0'])
  proxy = await startProxy(server.port)
})

after(async () => {
  await proxy.stop()
  await server.end()
})

/** Connects a client of the app to a port. */
type Connect = (t: TestContext, port: number) => Promise<object>

const byIoredis =
  (connect: (port: number) => Ioredis | Ioredis5): Connect =>
  (t, port) => {
    const client = connect(port)
    client.on('error', () => undefined)
    t.after(() => client.disconnect())
    return Promise.resolve(client)
  }

interface Made {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
}

const byRedis =
  (create: (options: object) => Made): Connect =>
  async (t, port) => {
    const client = create({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: () => 50 } })
    client.on('error', () => undefined)
    await client.connect()
    const { destroy, disconnect } = client as { destroy?: () => void; disconnect?: () => Promise<void> }
    t.after(() => (destroy === undefined ? disconnect?.call(client) : destroy.call(client)))
    return client
  }

const clients: Readonly<Record<string, Connect>> = {
  'ioredis 6': byIoredis((port) => new Ioredis(port, '127.0.0.1', { retryStrategy: () => 50 })),
  'ioredis 5': byIoredis((port) => new Ioredis5(port, '127.0.0.1', { retryStrategy: () => 50 })),
  'redis 6': byRedis((options) => createClient(options)),
  'redis 5': byRedis((options) => createClient5(options)),
  'redis 4': byRedis((options) => createClient4(options)),
}

/** How many clients the server counts, redis-cli left out. */
function connections(of: Redis = server): number {
  return of
    .cli('client', 'list', 'type', 'normal')
    .split('\n')
    .filter((line) => !line.includes('cmd=client')).length
}

for (const [name, connect] of Object.entries(clients)) {
  test(`${name}: a server that is stopped fails, and is ready within two runs of its return`, async (t) => {
    const watch = new Watch(t, await connect(t, server.port))
    await watch.until(/^pass$/)
    await until(() => connections() === 1, `${connections()} connections before`)
    await server.stop()
    await watch.until(/^fail /)
    await watch.runs(3)
    await server.start()
    assert.ok((await watch.until(/^pass$/)) <= 2)
    await watch.runs(3)
    assert.equal(connections(), 1)
  })

  test(`${name}: a server that is frozen fails by the time, and gets no heap of commands afterwards`, async (t) => {
    const watch = new Watch(t, await connect(t, server.port))
    await watch.until(/^pass$/)
    server.freeze()
    await watch.until(/^fail timeout$/)
    await watch.runs(4)
    server.resume()
    const before = pings()
    assert.ok((await watch.until(/^pass$/)) <= 2)
    assert.ok(pings() - before <= 3, `${pings() - before} pings`)
    assert.equal(connections(), 1)
  })

  test(`${name}: a network that swallows everything fails, and passes again`, async (t) => {
    const watch = new Watch(t, await connect(t, proxy.port))
    await watch.until(/^pass$/)
    proxy.blackHole()
    await watch.until(/^fail timeout$/)
    await watch.runs(2)
    await proxy.restore()
    assert.ok((await watch.until(/^pass$/)) <= 2)
  })

  test(`${name}: a server that loads its data says LOADING`, async (t) => {
    const watch = new Watch(t, await connect(t, server.port))
    await watch.until(/^pass$/)
    server.cli('eval', "for i = 1, 300 do redis.call('set', 'key' .. i, string.rep('x', 1000)) end", '0')
    server.cli('config', 'set', 'rdbcompression', 'no')
    server.cli('save')
    await server.stop()
    const loaded = server.start()
    await watch.until(/^fail LOADING$/)
    await loaded
    await watch.until(/^pass$/)
    server.cli('flushall')
    server.cli('save')
  })

  test(`${name}: a master that has become a replica says READONLY, and MASTERDOWN without its master`, async (t) => {
    const other = await startRedis(['--repl-diskless-sync-delay', '0'])
    t.after(() => other.end())
    const watch = new Watch(t, await connect(t, server.port))
    await watch.until(/^pass$/)
    t.after(() => server.cli('replicaof', 'no', 'one'))
    server.cli('replicaof', '127.0.0.1', `${other.port}`)
    await watch.until(/^fail READONLY$/)
    await other.stop()
    await watch.until(/^fail MASTERDOWN$/)
    server.cli('config', 'set', 'replica-serve-stale-data', 'no')
    assert.deepEqual(new Set(await watch.runs(3)), new Set(['fail MASTERDOWN']))
    server.cli('config', 'set', 'replica-serve-stale-data', 'yes')
    server.cli('replicaof', 'no', 'one')
    assert.ok((await watch.until(/^pass$/)) <= 2)
  })

  test(`${name}: who may not ask for the role, and who listens, is not failed for that`, async (t) => {
    server.cli('acl', 'setuser', 'default', '-role', '-info')
    t.after(() => server.cli('acl', 'setuser', 'default', '+@all'))
    const watch = new Watch(t, await connect(t, server.port))
    await watch.until(/^pass$/)
    assert.deepEqual(await watch.runs(3), ['pass', 'pass', 'pass'])
  })
}

function pings(): number {
  return Number(/cmdstat_ping:calls=(\d+)/.exec(server.cli('info', 'commandstats'))?.[1] ?? 0)
}

test('a replica that is meant to be read passes', async (t) => {
  const replica = await startReplica(server)
  t.after(() => replica.end())
  const client = new Ioredis(replica.port, '127.0.0.1', { readOnly: true })
  t.after(() => client.disconnect())
  await new Watch(t, client).until(/^pass$/)
  const plain = new Ioredis(replica.port, '127.0.0.1')
  t.after(() => plain.disconnect())
  await new Watch(t, plain).until(/^fail READONLY$/)
})

test('a wrong password, or none, fails with what the server says, and is nowhere', async (t) => {
  const locked = await startRedis(['--requirepass', 'hunter2'], ['-a', 'hunter2'])
  t.after(() => locked.end())
  for (const password of ['hunter2-wrong', '']) {
    const client = new Ioredis(`redis://:${password}@127.0.0.1:${locked.port}`, { retryStrategy: () => 50 })
    client.on('error', () => undefined)
    t.after(() => client.disconnect())
    const watch = new Watch(t, client)
    await watch.until(/^fail (WRONGPASS|NOAUTH|disconnected)$/)
    const said = watch.shown + watch.lines.join('\n')
    assert.ok(!said.includes('hunter2'), said)
    assert.ok(!watch.shown.includes('127.0.0.1'), watch.shown)
    watch.end()
  }
})
