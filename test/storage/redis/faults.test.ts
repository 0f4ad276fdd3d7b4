import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { KEPT } from '../../../src/core/tiers.ts'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { type Code, MetricsError } from '../../../src/errors.ts'
import { MINUTE, START, all, batch, box, boxesOf, bytes, event, eventsOf } from '../../../src/storage/cases/ground.ts'
import { type RedisDriver, type RedisOptions, redis } from '../../../src/storage/redis.ts'
import { startProxy } from '../../servers/proxy.ts'
import { type Redis, startRedis, until } from '../../servers/redis.ts'

const coded = (code: Code) => (error: unknown) => error instanceof MetricsError && error.code === code
const NAMES = [{ id: '00000000000000a0', text: '{"metric":"x"}' }]

let server: Redis
let stores = 0
before(async () => {
  server = await startRedis()
})
after(() => server.end())

async function opened(options: RedisOptions = {}): Promise<RedisDriver> {
  const driver = redis(server.url, { prefix: `store-${++stores}`, timeout: 5_000, ...options }) as RedisDriver
  await driver.open()
  return driver
}

/** A box whose content says which one it is. */
const nth = (number: number) => box(START, { numbers: bytes(50, number), detail: bytes(number % 7) })
const upTo = (number: number) => Array.from({ length: number }, (_, index) => event(index + 1))
/** Puts what the flusher would: the box as it is now, and every event that is not known to be kept. */
const tryPut = (driver: RedisDriver, number: number): Promise<unknown> =>
  driver.put(batch({ boxes: [nth(number)], events: upTo(number) })).then(
    () => undefined,
    (error: unknown) => error
  )

test('R17: while writes are paused puts are given up in a second; later none is missing, doubled or out of order', async () => {
  const driver = await opened({ timeout: 1_000 })
  await tryPut(driver, 1)
  server.cli('client', 'pause', '2500', 'write')
  const began = performance.now()
  const faults: unknown[] = []
  let number = 2
  for (; number < 20; number++) {
    const fault = await tryPut(driver, number)
    if (fault === undefined) break
    faults.push(fault)
  }
  assert.ok(performance.now() - began > 2_000)
  assert.ok(faults.length >= 2 && faults.every(coded('storage_timeout')), String(faults))
  assert.deepEqual(
    (await eventsOf(driver)).map((each) => each.number),
    Array.from({ length: number }, (_, index) => number - index)
  )
  assert.deepEqual([...(await boxesOf(driver))[0]!.numbers], [...nth(number).numbers])
  assert.equal(driver.problem, undefined)
  await driver.close()
})

test('a frozen server holds nobody up, and what it takes late changes nothing that came after', async () => {
  const driver = await opened({ timeout: 300 })
  await tryPut(driver, 1)
  server.freeze()
  const faults: unknown[] = []
  for (let number = 2; number <= 6; number++) faults.push(await tryPut(driver, number))
  assert.ok(faults.every(coded('storage_timeout')), String(faults))
  server.resume()
  let number = 7
  for (; (await tryPut(driver, number)) !== undefined; number++) await pause(10)
  for (let round = 0; round < 10; round++) {
    assert.deepEqual([...(await boxesOf(driver))[0]!.numbers], [...nth(number).numbers])
    await pause(20)
  }
  const numbers = (await eventsOf(driver)).map((each) => each.number)
  assert.equal(new Set(numbers).size, numbers.length)
  await driver.close()
})

test('a long batch on a slow way is given its time', async (t) => {
  const proxy = await startProxy(server.port)
  t.after(() => proxy.stop())
  proxy.bandwidth(2_500_000)
  const driver = redis(`redis://127.0.0.1:${proxy.port}`, { prefix: `store-${++stores}` })
  await driver.open()
  const boxes = Array.from({ length: 30 }, (_, index) =>
    box(START + index * MINUTE, { numbers: bytes(100_000, index) })
  )
  await driver.put(batch({ boxes }))
  proxy.bandwidth(Infinity)
  assert.equal((await boxesOf(driver)).length, 30)
  await driver.close()
})

test('R18: without memory nothing of a batch is kept; deleting still works, and so does the rest once there is room', async () => {
  const driver = await opened()
  await driver.put(batch({ boxes: [nth(1), box(START - MINUTE)], events: [event(1), event(2)] }))
  server.cli('config', 'set', 'maxmemory', '1')
  await assert.rejects(
    driver.put(batch({ boxes: [nth(2), box(START + HOUR)], events: [event(3)], names: NAMES })),
    coded('storage_full')
  )
  assert.match(driver.problem ?? '', /memory.*maxmemory/)
  assert.equal((await boxesOf(driver)).length, 2)
  assert.equal((await eventsOf(driver)).length, 2)
  assert.equal(await driver.prune('open', START), 1)
  assert.equal(await driver.prune('events', START + 2), 1)
  assert.equal(await driver.trim(0), 1)
  server.cli('config', 'set', 'maxmemory', '0')
  await driver.put(batch({ boxes: [nth(2)], events: [event(3)], names: NAMES }))
  assert.equal((await all(driver.names())).length, 1)
  assert.equal(driver.problem, undefined)
  await driver.close()
})

test('R19: a replica is told apart from a primary, and used once it is promoted', async () => {
  const driver = await opened()
  server.cli('replicaof', '127.0.0.1', '1')
  await assert.rejects(driver.put(batch({ boxes: [nth(1)] })), coded('storage_readonly'))
  assert.match(driver.problem ?? '', /replica/)
  server.cli('replicaof', 'no', 'one')
  await until(async () => (await tryPut(driver, 2)) === undefined)
  assert.equal((await boxesOf(driver)).length, 1)
  await driver.close()
})

test('R16: a server that comes back empty is begun anew, names are told again, answers before that are incomplete', async () => {
  const one = await opened()
  const two = redis(server.url, one.options) as RedisDriver
  await two.open()
  await one.put(batch({ boxes: [nth(1)], events: [event(1)], names: NAMES }))
  const [{ id } = { id: 0 }] = await eventsOf(one)
  assert.equal(await one.incomplete(), undefined)
  await server.restart()
  for (const driver of [one, two]) {
    const put = batch({
      boxes: [nth(2)],
      events: [event(5, { writer: `w${two === driver}` })],
      names: NAMES,
      time: START + DAY,
    })
    // At the first try the connection is found broken, then the store empty: the flusher tells all names after either.
    await until(async () => {
      const fault: unknown = await driver.put(put).then(
        () => undefined,
        (error: unknown) => error
      )
      if (fault !== undefined) assert.ok(coded('storage_failed')(fault))
      return fault === undefined
    })
    assert.match(driver.problem ?? '', /emptied/)
    assert.equal(await driver.incomplete(), START + DAY)
  }
  const later = await eventsOf(one)
  assert.ok(later.length === 2 && later.every((each) => each.id > id), 'an id was used twice')
  assert.equal((await all(two.names())).length, 1)
  await one.close()
  await two.close()
})

test('what a server has evicted is noticed, by what it leaves', async () => {
  const driver = await opened()
  const { prefix } = driver.options
  // As long ago as boxes of the time are still there.
  const now = Math.floor(Date.now() / HOUR) * HOUR
  await driver.put(
    batch({ boxes: [box(now - HOUR, { writer: '*' }), box(now, { writer: '*' })], names: NAMES, time: now })
  )
  assert.equal(server.cli('del', `{${prefix}}:s1m:${now - HOUR}`), '1')
  assert.equal((await boxesOf(driver, { which: 'sealed' })).length, 1)
  assert.equal(await driver.incomplete(), now)
  server.cli('del', `{${prefix}}:names`)
  await assert.rejects(driver.put(batch({ time: now + MINUTE })), coded('storage_failed'))
  await driver.put(batch({ names: NAMES, time: now + MINUTE }))
  assert.equal(await driver.incomplete(), now + MINUTE)
  assert.equal((await boxesOf(driver, { which: 'sealed' })).length, 1)
  server.cli('del', `{${prefix}}:s1m:${now}`)
  await driver.put(batch({ boxes: [box(now + 2 * MINUTE, { writer: '*' })], events: [event(1)], time: now }))
  assert.equal(await driver.incomplete(), now + 2 * MINUTE)
  for (const [place, key] of ['events', 'event-ids', 'event-times'].entries()) {
    const time = now + (3 + place) * MINUTE
    server.cli('del', `{${prefix}}:${key}`)
    await driver.put(batch({ events: [event(place + 2)], time }))
    assert.equal((await eventsOf(driver)).length, 1)
    assert.equal((await driver.size()).events, 1)
    assert.equal(await driver.incomplete(), time)
  }
  await driver.close()
})

test('hashes that have lived out their time are no loss', async () => {
  const driver = await opened()
  await driver.put(batch({ boxes: [box(START, { writer: '*' })] }))
  server.cli('del', `{${driver.options.prefix}}:s1m:${START}`)
  assert.equal((await boxesOf(driver, { which: 'sealed' })).length, 0)
  assert.equal(await driver.incomplete(), undefined)
  await driver.close()
})

test('R22: two apps in one Redis do not see each other, and touch nothing else; every key ends by itself', async () => {
  server.cli('flushall')
  server.cli('set', 'theirs', '1')
  const apps = ['shop', 'blog'].map((app) => {
    const driver = redis(server.url) as RedisDriver
    driver.admit({ app, kept: KEPT, events: DAY })
    return driver
  })
  const put = batch({
    boxes: [nth(1), box(START, { writer: '*', tier: '1d' })],
    events: [event(1)],
    names: NAMES,
    claims: { owner: 'w', ids: ['x'] },
  })
  for (const driver of apps) {
    await driver.open()
    await driver.claim(['x'], 'w', START)
    await driver.put(put)
    await driver.swap('key', undefined, 'value')
  }
  const [shop, blog] = apps as [RedisDriver, RedisDriver]
  for (const what of ['1m', '15m', '1h', '1d', 'open', 'events', 'names', 'claims'] as const)
    await shop.prune(what, START + DAY)
  assert.deepEqual([(await boxesOf(shop)).length, (await eventsOf(shop)).length], [0, 0])
  assert.deepEqual(
    [(await boxesOf(blog)).length, (await eventsOf(blog)).length, (await all(blog.names())).length],
    [1, 1, 1]
  )
  assert.equal(server.cli('get', 'theirs'), '1')
  const keys = server.cli('keys', '*').split('\n')
  for (const key of keys.filter((each) => each !== 'theirs')) {
    assert.match(key, /^pocketmetrics:\{(shop|blog)\}:/)
    const days = Number(server.cli('ttl', key)) / 86_400
    assert.ok(days > 0 && days <= 3_753, `${key} lives for ${days} days`)
    if (key.includes('event')) assert.ok(days <= 2, `${key} lives for ${days} days`)
    if (key.includes('o1m')) assert.ok(days <= 37, `${key} lives for ${days} days`)
  }
  for (const driver of apps) await driver.close()
})

test('a server that has forgotten all scripts is told them again', async () => {
  const driver = await opened()
  server.cli('script', 'flush')
  await driver.put(batch({ boxes: [nth(1)] }))
  server.cli('script', 'flush')
  assert.equal(await driver.seal([box(START, { writer: '*' })], [nth(1)]), true)
  await driver.close()
})

test('keys of another program under our prefix are left alone', async () => {
  server.cli('set', '{taken}:meta', 'x')
  const driver = redis(server.url, { prefix: 'taken' })
  await assert.rejects(async () => driver.open(), coded('storage_failed'))
  assert.match((driver as RedisDriver).problem ?? '', /another program/)
  assert.equal(server.cli('get', '{taken}:meta'), 'x')
  await driver.close()
})

test('a policy that evicts is warned of', async () => {
  server.cli('config', 'set', 'maxmemory', '1gb')
  server.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru')
  const driver = await opened()
  assert.match(driver.problem ?? '', /allkeys-lru.*noeviction/)
  server.cli('config', 'set', 'maxmemory-policy', 'noeviction')
  server.cli('config', 'set', 'maxmemory', '0')
  await driver.close()
})

describe('R20: what keeps us out is said in one line that names the fix, and no secret', () => {
  const refused = async (url: string): Promise<string> => {
    const driver = redis(url, { prefix: 'refused' })
    try {
      await driver.open()
    } catch (error) {
      await driver.close()
      assert.ok(error instanceof MetricsError, String(error))
      const said = `${error.message}; ${error.hint}`
      assert.doesNotMatch(said, /s3cret|127\.0\.0\.1/)
      return said
    }
    return assert.fail('it was let in')
  }

  test('no password, a wrong one, and one that fits', async (t) => {
    const locked = await startRedis(['--requirepass', 's3cret'], ['-a', 's3cret', '--no-auth-warning'])
    t.after(() => locked.end())
    assert.match(await refused(locked.url), /password; write user:password@ before the host/)
    assert.match(await refused(locked.url.replace('//', '//:wrong-s3cret@')), /refuses the user or the password/)
    const driver = redis(locked.url.replace('//', '//:s3cret@'), { prefix: 'x' })
    await driver.open()
    // A password that is changed while we run.
    locked.cli('config', 'set', 'requirepass', 'changed')
    await driver.put(batch({}))
    await driver.close()
  })

  test('a user who may not do everything keeps nothing', async () => {
    const url = server.url.replace('//', '//metrics:s3cret@')
    server.cli('acl', 'setuser', 'metrics', 'on', '>s3cret', '~{refused}:*', '+@all', '-hincrby')
    assert.match(await refused(url), /does not allow this user.*ACL SETUSER/)
    assert.equal(server.cli('exists', '{refused}:meta'), '0')
    server.cli('acl', 'setuser', 'metrics', '~{other}:*', 'resetkeys', '~{other}:*', '+@all')
    assert.match(await refused(url), /does not allow this user/)
    server.cli(
      'acl',
      'setuser',
      'metrics',
      'resetkeys',
      '~{refused}:*',
      'nocommands',
      '+@read',
      '+@write',
      '+@scripting',
      '+@connection',
      '+time'
    )
    const driver = redis(url, { prefix: 'refused' })
    await driver.open()
    await driver.put(batch({ boxes: [nth(1)], events: [event(1)], names: NAMES }))
    assert.equal((await boxesOf(driver)).length, 1)
    await driver.size()
    await driver.prune('events', START + DAY)
    await driver.close()
  })

  test('TLS where there is none, a database that is not there, nobody at all', async () => {
    assert.match(await refused(server.url.replace('redis:', 'rediss:')), /TLS.*redis:\/\//)
    assert.match(await refused(`${server.url}/99`), /database/)
    assert.match(await refused('redis://127.0.0.1:1'), /cannot be reached/)
    assert.match(await refused('redis://no-such-host.invalid'), /not found/)
    assert.match(await refused(server.url.replace('redis:', 'redis+cluster:')), /cluster/)
    assert.match(await refused(`${server.url.replace('redis:', 'redis+sentinel:')}/mine`), /Sentinel/)
  })
})
