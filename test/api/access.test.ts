import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mock, test } from 'node:test'
import { Access } from '../../src/api/access.ts'
import { Attempts, network } from '../../src/api/attempts.ts'
import { isLoopbackHost, isLoopbackPeer } from '../../src/api/local.ts'
import { fakeClock } from '../../src/testing.ts'
import { apiWith, asking, fromAfar, jsonOf, textOf } from './asked.ts'

const SUB_ROUTES = ['', '/query', '/endpoints', '/requests', '/errors', '/events', '/costs', '/system', '/alerts']
const MORE_ROUTES = ['/metrics', '/labels', '/export', '/ingest', '/openapi.json', '/dashboard', '/nothing']
const KEY = 'correct-horse-battery-staple'
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

test('S1 in production without a key, every route and method answers 401 with a hint and no data', async () => {
  const { api, asks } = apiWith({ access: { production: true } })
  for (const route of [...SUB_ROUTES, ...MORE_ROUTES]) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      const response = await api.respond(asking(`/metrics${route}`, { method }))
      assert.equal(response.status, 401, `${method} ${route}`)
    }
    const text = await textOf(await api.respond(asking(`/metrics${route}`)))
    assert.match(text, /^[^\n]+\n$/, 'one line')
    const body = JSON.parse(text) as Record<string, string>
    assert.equal(body.error, 'unauthorized')
    assert.match(body.hint ?? '', /keys.*authorize|METRICS_KEY.*authorize/)
  }
  assert.deepEqual(asks, [])
})

test('S1 another spelling of the path is judged like the path', async () => {
  const { api } = apiWith({ access: { production: true } })
  const spellings = [
    '//metrics',
    '/metrics/',
    '/./metrics',
    '/%6detrics',
    '/x/../metrics',
    '/metrics//query',
    '/%2e/metrics',
  ]
  for (const url of [...spellings, 'http://localhost/metrics', '/metrics/%71uery?x=1', '/metrics#a']) {
    assert.equal(api.handles(url), true, url)
    assert.equal((await api.respond(asking(url))).status, 401, url)
  }
})

test('S2 in development a request from this machine to a name of this machine is let in', async () => {
  const { api } = apiWith()
  for (const host of [
    'localhost',
    'localhost:3000',
    'app.localhost:80',
    '127.0.0.1:3000',
    '127.9.8.7',
    '[::1]:3000',
    'LOCALHOST.',
  ]) {
    for (const peer of ['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1']) {
      const response = await api.respond(asking('/metrics', { peer, headers: { host } }))
      assert.equal(response.status, 200, `${peer} ${host}`)
    }
  }
})

test('S3 in development a request from elsewhere, to another name or through a proxy gets 401', async () => {
  const { api } = apiWith()
  const refused = async (request: ReturnType<typeof asking>, what: string): Promise<void> =>
    assert.equal((await api.respond(request)).status, 401, what)
  for (const peer of [
    '10.0.0.5',
    '192.168.1.9',
    '203.0.113.9',
    '::2',
    'fe80::1',
    '::ffff:10.0.0.1',
    '',
    '1127.0.0.1',
    '127.0.0.1.evil',
  ]) {
    await refused(asking('/metrics', { peer }), `peer ${peer}`)
  }
  for (const host of [
    'app.example.com',
    '127.0.0.1.nip.io',
    'localhost.evil.com',
    'evil-localhost',
    '10.0.0.1',
    '',
    '[::2]',
    'localhost@evil.com',
  ]) {
    await refused(asking('/metrics', { headers: { host } }), `host ${host}`)
  }
  await refused(asking('/metrics', { headers: { host: ['localhost', 'localhost'] } }), 'two hosts')
  await refused(asking('/metrics', { headers: { host: undefined } }), 'no host')
  await refused(asking('http://app.example.com/metrics'), 'absolute form of another name')
  const forwarding = [
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-real-ip',
    'via',
    'cf-connecting-ip',
  ]
  for (const name of [
    ...forwarding,
    'x-forwarded-anything',
    'true-client-ip',
    'fly-client-ip',
    'x-amzn-trace-id',
    'X-Forwarded-For',
  ]) {
    await refused(asking('/metrics', { headers: { [name]: '127.0.0.1' } }), name)
  }
})

test('S4 only the right key is let in, however it is sent', async () => {
  const { api } = apiWith({ access: { production: true, keys: KEY } })
  const status = async (headers: Parameters<typeof fromAfar>[1]): Promise<number> =>
    (await api.respond(fromAfar('/metrics', headers))).status
  const basic = (text: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  })
  assert.equal(await status(bearer(KEY)), 200)
  assert.equal(await status({ authorization: `bearer ${KEY}` }), 200, 'the scheme in lower case')
  assert.equal(await status({ authorization: `BEARER   ${KEY}` }), 200)
  assert.equal(await status({ 'x-api-key': KEY }), 200)
  assert.equal(await status(basic(`anyone:${KEY}`)), 200)
  assert.equal(await status(basic(`:${KEY}`)), 200)
  const refused: Parameters<typeof fromAfar>[1][] = [
    {}, bearer('wrong'), bearer(''), { authorization: 'Bearer' }, { authorization: KEY }, { 'x-api-key': '' },
    bearer('x'.repeat(1_000_000)), bearer(KEY + 'x'.repeat(5000)), bearer('schlüssel'), bearer('\u{1F511}'), basic(KEY),
    { authorization: `Digest ${KEY}` }, { authorization: `Bearer ${KEY} ${KEY}` }, { authorization: `Bearer wrong, Bearer ${KEY}` },
    { authorization: ['Bearer wrong', `Bearer ${KEY}`] }, { authorization: [`Bearer ${KEY}`, 'Bearer wrong'] },
  ] // prettier-ignore
  for (const headers of refused) assert.equal(await status(headers), 401, JSON.stringify(headers)?.slice(0, 100))
})

test('S4 the body for a wrong key tells nothing of which part was wrong', async () => {
  const { api } = apiWith({ access: { production: true, keys: [{ key: KEY, scope: 'read' }] } })
  const bodies = new Set<string>()
  for (const headers of [{}, bearer('wrong'), { 'x-api-key': 'wrong' }, bearer('x'.repeat(9000)), bearer(`${KEY}x`)]) {
    bodies.add(await textOf(await api.respond(fromAfar('/metrics', headers))))
  }
  assert.equal(bodies.size, 1)
})

test('S5 a key of another scope gets 403, and admin may do both', async () => {
  const keys = [
    { name: 'in', key: 'ingest-key', scope: 'ingest' },
    { name: 'out', key: 'read-key', scope: 'read' },
    { name: 'all', key: 'admin-key', scope: 'admin' },
  ] as const
  const { api } = apiWith({ access: { production: true, keys } })
  for (const route of SUB_ROUTES) {
    const response = await api.respond(fromAfar(`/metrics${route}`, bearer('ingest-key')))
    assert.equal(response.status, 403, route)
    assert.equal((await jsonOf(response)).error, 'forbidden')
  }
  const access = new Access({ production: true, keys }, fakeClock())
  const allowed = async (key: string, scope: 'read' | 'ingest' | 'admin'): Promise<unknown> => {
    const verdict = await access.judge(fromAfar('/metrics', bearer(key)), undefined, scope)
    return verdict.allowed || verdict.status
  }
  assert.deepEqual(
    [await allowed('read-key', 'read'), await allowed('read-key', 'ingest'), await allowed('read-key', 'admin')],
    [true, 403, 403]
  )
  assert.deepEqual(
    [await allowed('ingest-key', 'read'), await allowed('ingest-key', 'ingest'), await allowed('ingest-key', 'admin')],
    [403, true, 403]
  )
  assert.deepEqual(
    [await allowed('admin-key', 'read'), await allowed('admin-key', 'ingest'), await allowed('admin-key', 'admin')],
    [true, true, true]
  )
})

test('S6 ten thousand wrong keys are limited, cost no memory, and shut nobody out who has a long key', async () => {
  const { api, clock } = apiWith({ access: { production: true, keys: [{ key: KEY }, { key: 'short' }] } })
  const statuses = new Map<number, number>()
  for (let i = 0; i < 10_000; i++) {
    const { status, headers } = await api.respond(fromAfar('/metrics', bearer(`wrong-${i}`)))
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status === 429) assert.equal(headers['retry-after'], '60')
  }
  assert.deepEqual(
    [...statuses],
    [
      [401, 20],
      [429, 9_980],
    ]
  )
  const again = async (key: string, peer: string): Promise<number> =>
    (await api.respond({ ...fromAfar('/metrics', bearer(key)), peer })).status
  assert.equal(await again('short', '203.0.113.9'), 429, 'a key that could be found by trying is not even looked at')
  assert.equal(await again(KEY, '203.0.113.9'), 200, 'others behind the same proxy are not shut out')
  assert.equal(await again('wrong', '203.0.113.10'), 401, 'another address is heard')
  assert.equal((await api.respond(fromAfar('/metrics'))).status, 401, 'no key is no guess')
  clock.advance(60_000)
  assert.equal(await again('short', '203.0.113.9'), 200)
})

test('S6 the table of addresses is bounded, and an IPv6 network is one address', () => {
  const attempts = new Attempts(fakeClock())
  for (let i = 0; i < 10_000; i++) attempts.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  assert.equal(attempts.size, 1000)
  assert.equal(network('::ffff:10.1.2.3'), '10.1.2.3')
  assert.equal(network('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  assert.equal(network('2001:db8:1:2::6'), '2001:db8:1:2')
  assert.equal(network('2001:db8::6'), '2001:db8:0:0')
  assert.equal(network('::1'), '0:0:0:0')
})

test('S7 a token in the query is ignored unless its key allows that, and only reads', async () => {
  const closed = apiWith({ access: { production: true, keys: KEY } }).api
  assert.equal((await closed.respond(fromAfar(`/metrics?token=${KEY}`))).status, 401)
  const keys = [{ key: 'sheet-key', query: true }, { key: 'other-key' }]
  const { api, asks } = apiWith({ access: { production: true, keys } })
  const status = async (query: string): Promise<number> =>
    (await api.respond(fromAfar(`/metrics/query?${query}`))).status
  assert.equal(await status('token=sheet-key'), 200)
  assert.equal(await status('metric=a&token=sheet-key'), 200)
  assert.equal(await status('token=other-key'), 401)
  assert.equal(await status('token=sheet-key&token=sheet-key'), 401)
  assert.equal(await status('Token=sheet-key'), 401)
  assert.deepEqual(
    asks.map((ask) => ask.params.some(([name]) => name === 'token')),
    [true, true]
  )
  await api.respond(fromAfar('/metrics?token=nonsense', bearer('other-key')))
  assert.deepEqual(asks.at(-1)?.params, [], 'a token that opened nothing goes no further')
  assert.throws(
    () => new Access({ production: true, keys: [{ key: 'x', query: true, scope: 'admin' }] }, fakeClock()),
    {
      code: 'bad_option',
    }
  )
})

test('S21 authorize that throws denies, and one that never answers denies in two seconds', async () => {
  for (const authorize of [
    () => {
      throw new Error('boom')
    },
    () => Promise.reject(new Error('boom')),
    () => 'yes' as never,
    () => undefined as never,
    () => false,
  ]) {
    // prettier-ignore
    const { api } = apiWith({ access: { production: true, authorize } })
    assert.equal((await api.respond(fromAfar('/metrics'))).status, 401)
  }
  mock.timers.enable({ apis: ['setTimeout'] })
  const { api } = apiWith({ access: { production: true, authorize: () => new Promise<boolean>(() => undefined) } })
  const response = api.respond(fromAfar('/metrics'))
  for (let i = 0; i < 5; i++) await Promise.resolve()
  mock.timers.tick(1_999)
  const early = await Promise.race([response, Promise.resolve('waiting')])
  mock.timers.tick(1)
  mock.timers.reset()
  assert.equal(early, 'waiting')
  assert.equal((await response).status, 401)
})

test('authorize lets in by true or by a sufficient scope, and sees the request', async () => {
  const raw = { session: 'abc' }
  const seen: unknown[] = []
  const by = (outcome: boolean | 'read' | 'ingest' | 'admin'): ReturnType<typeof apiWith> =>
    apiWith({
      access: {
        production: true,
        authorize: (request) => {
          seen.push(request.raw)
          return Promise.resolve(outcome)
        },
      },
    })
  const status = async (outcome: boolean | 'read' | 'ingest' | 'admin'): Promise<number> =>
    (await by(outcome).api.respond({ ...fromAfar('/metrics'), raw })).status
  assert.deepEqual(
    [await status(true), await status('read'), await status('admin'), await status('ingest'), await status(false)],
    [200, 200, 200, 403, 401]
  )
  assert.deepEqual(seen[0], raw)
})

test('keys may be given as digests', async () => {
  const hex = createHash('sha256').update(KEY).digest('hex')
  for (const keys of [`sha256:${hex}`, [{ sha256: hex }], [{ key: `sha256:${hex.toUpperCase()}` }]]) {
    const { api } = apiWith({ access: { production: true, keys } })
    assert.equal((await api.respond(fromAfar('/metrics', bearer(KEY)))).status, 200)
    assert.equal((await api.respond(fromAfar('/metrics', bearer(hex)))).status, 401, 'the digest is no key')
  }
})

test('a key that cannot be is refused at start, naming the option and the way out', () => {
  const wrong: [unknown, RegExp][] = [
    ['', /`keys`.*empty.*METRICS_KEY/], ['  ', /empty/], [[], /empty list/], [42, /number/], [[{}], /needs one of/],
    [[{ key: 'a', sha256: 'b' }], /needs one of/], [[{ key: 'a', scope: 'write' }], /keys\[0\]\.scope.*write.*'read'/],
    [[{ sha256: 'abc' }], /64 hex digits/], ['sha256:abc', /64 hex digits/], ['schlüssel', /printable ASCII/],
    ['two words', /printable ASCII/], ['x'.repeat(5000), /4096/], [[null], /null/], [[{ key: 5 }], /number/],
    [['a-secret'], /^(?!.*a-secret)/], [[{ key: 'a', scop: 'ingest' }], /keys\[0\].*'scop'.*scope/],
    [[{ key: 'a', query: 'no' }], /keys\[0\]\.query/], [[{ key: 'a', scope: 5n }], /keys\[0\]\.scope.* 5/],
  ] // prettier-ignore
  for (const [keys, message] of wrong) {
    assert.throws(
      () => new Access({ production: false, keys: keys as string }, fakeClock()),
      (error: Error) => {
        assert.match(error.message, message)
        assert.equal((error as Error & { code: string }).code, 'bad_option')
        return true
      }
    )
  }
  assert.throws(
    () => new Access({ production: false, authorize: 'yes' as never }, fakeClock()),
    /`authorize`.*function/
  )
})

test('loopback is recognised by address and by name, nothing like it is', () => {
  assert.deepEqual(['127.0.0.1', '127.255.0.3', '::1', '::ffff:127.0.0.1'].map(isLoopbackPeer), [
    true,
    true,
    true,
    true,
  ])
  assert.deepEqual(['128.0.0.1', '::', '::ffff:1.2.3.4', 'localhost', ''].map(isLoopbackPeer), [
    false,
    false,
    false,
    false,
    false,
  ])
  assert.deepEqual(
    ['localhost:99999999', 'localhost:', 'a b.localhost', 'x'.repeat(300) + '.localhost'].map(isLoopbackHost),
    [false, false, false, false]
  )
})
