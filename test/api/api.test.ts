import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { mock, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { CURSOR } from '../../src/api/streamed.ts'
import { MetricsError } from '../../src/errors.ts'
import type { Answer } from '../../src/storage/store.ts'
import { apiWith, asking, fromAfar, jsonOf, said, textOf } from './asked.ts'

test('R13 what is not there answers 404 with a flat body, the routes of later issues included', async () => {
  const { api, asks } = apiWith()
  for (const route of ['ingest', 'openapi.json', 'dashboard', 'query/more', '%2Fquery', 'Query']) {
    const response = await api.respond(asking(`/metrics/${route}`))
    assert.equal(response.status, 404, route)
    const body = await jsonOf(response)
    assert.deepEqual(Object.keys(body), ['error', 'message', 'parameter', 'hint', 'docs'])
    assert.equal(body.error, 'not_found')
  }
  assert.equal(asks.length, 0)
})

test('R13 a fault of ours answers 503 in the same shape and gives nothing away', async () => {
  const caught: unknown[] = []
  const { api } = apiWith({
    answer: () => Promise.reject(new Error('connect postgres://user:secret@db failed')),
    failed: (error) => caught.push(error),
  })
  const response = await api.respond(asking('/metrics', { headers: { accept: 'text/html' } }))
  assert.equal(response.status, 503)
  assert.equal(response.headers['retry-after'], '1')
  assert.match(response.headers['content-type'] ?? '', /^application\/json/)
  assert.doesNotMatch(await textOf(response), /secret|postgres/)
  assert.equal(caught.length, 1)
  const masked = apiWith({
    answer: () => Promise.reject(new MetricsError('storage_failed', 'redis://u:secret@h is gone')),
  })
  assert.doesNotMatch(await textOf(await masked.api.respond(asking('/metrics'))), /secret/)
})

test('R14 reading is GET and HEAD only', async () => {
  const { api, asks } = apiWith()
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
    const response = await api.respond(asking('/metrics/query', { method }))
    assert.equal(response.status, 405, method)
    assert.equal(response.headers.allow, 'GET, HEAD, OPTIONS')
    assert.equal((await jsonOf(response)).error, 'method_not_allowed')
  }
  assert.equal(asks.length, 0)
  const head = await api.respond(asking('/metrics/query', { method: 'HEAD' }))
  const get = await api.respond(asking('/metrics/query'))
  assert.equal(head.body, null)
  assert.deepEqual(head.headers, get.headers)
  assert.equal(get.headers['content-length'], '11')
})

test('R15 no Accept, */* and text/html mean JSON; Prometheus and OpenMetrics get text; format beats Accept', async () => {
  const { api, asks } = apiWith()
  const route = async (url: string, accept?: string): Promise<string> => {
    await api.respond(asking(url, { headers: { accept } }))
    return asks.at(-1)?.route ?? ''
  }
  const prometheus = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
  assert.equal(await route('/metrics'), 'snapshot')
  assert.equal(await route('/metrics', '*/*'), 'snapshot')
  assert.equal(await route('/metrics', 'text/html,application/xhtml+xml,*/*;q=0.8'), 'snapshot')
  assert.equal(await route('/metrics', 'text/plain'), 'snapshot')
  assert.equal(await route('/metrics', prometheus), 'prometheus')
  assert.equal(await route('/metrics', 'text/plain; version=0.0.4'), 'prometheus')
  assert.equal(await route('/metrics?format=json', prometheus), 'snapshot')
  assert.equal(await route('/metrics?format=prometheus', 'application/json'), 'prometheus')
  assert.equal(await route('/metrics/query', prometheus), 'query')
})

test('R17 S18 CORS: nothing without configuration, the exact origin and Vary with it, preflight without a key', async () => {
  const origin = 'https://admin.example.com'
  const plain = await apiWith().api.respond(asking('/metrics', { headers: { origin } }))
  assert.equal('access-control-allow-origin' in plain.headers, false)
  const { api, asks } = apiWith({ cors: [origin], access: { production: true, keys: 'the-key' } })
  const allowed = await api.respond(fromAfar('/metrics', { origin, 'x-api-key': 'the-key' }))
  assert.equal(allowed.headers['access-control-allow-origin'], origin)
  assert.equal(allowed.headers['access-control-expose-headers'], 'ETag, Link, X-Total-Count, Retry-After')
  assert.match(allowed.headers.vary ?? '', /Origin/)
  assert.equal('access-control-allow-credentials' in allowed.headers, false)
  const refused = await api.respond(fromAfar('/metrics', { origin }))
  assert.equal(refused.status, 401)
  assert.equal(refused.headers['access-control-allow-origin'], origin, 'so that the page can read why')
  for (const other of [
    'https://evil.example.com',
    'http://admin.example.com',
    `${origin}.evil.com`,
    'null',
    `${origin}/`,
  ]) {
    const response = await api.respond(fromAfar('/metrics', { origin: other, 'x-api-key': 'the-key' }))
    assert.equal('access-control-allow-origin' in response.headers, false, other)
    assert.match(response.headers.vary ?? '', /Origin/)
  }
  const before = asks.length
  const preflight = await api.respond({
    ...fromAfar('/metrics/query', { origin, 'access-control-request-method': 'GET' }),
    method: 'OPTIONS',
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.body, null)
  assert.equal(preflight.headers['access-control-allow-methods'], 'GET')
  assert.match(preflight.headers['access-control-allow-headers'] ?? '', /Authorization, X-API-Key/)
  const stranger = await api.respond({
    ...fromAfar('/metrics/query', { origin: 'https://evil.example.com' }),
    method: 'OPTIONS',
  })
  assert.equal(stranger.status, 204)
  assert.equal('access-control-allow-methods' in stranger.headers, false)
  assert.equal(asks.length, before)
})

test('S18 an origin that is none is refused at start', () => {
  for (const cors of ['*', 'https://a.com/', 'a.com', 'https://a.com/path', ['https://a.com', '*'], [5], [5n], {}]) {
    assert.throws(() => apiWith({ cors: cors as string }), /`cors`.*origin/)
  }
  assert.doesNotThrow(() => apiWith({ cors: ['https://a.com', 'http://localhost:5173'] }))
})

test('R18 a strong ETag, 304 for whoever has it, gzip above 1 KB', async () => {
  const long = JSON.stringify({ data: 'x'.repeat(5000) })
  const { api } = apiWith({ answer: () => Promise.resolve(said(long)) })
  const plain = await api.respond(asking('/metrics/query'))
  const etag = plain.headers.etag ?? ''
  assert.match(etag, /^"[\w-]{22}"$/)
  const again = (known: string): ReturnType<typeof api.respond> =>
    api.respond(asking('/metrics/query', { headers: { 'if-none-match': known } }))
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const response = await again(known)
    assert.equal(response.status, 304, known)
    assert.equal(response.body, null)
    assert.equal(response.headers.etag, etag)
  }
  assert.equal((await again('"other"')).status, 200)
  const zipped = await api.respond(asking('/metrics/query', { headers: { 'accept-encoding': 'br, gzip;q=0.8' } }))
  assert.equal(zipped.headers['content-encoding'], 'gzip')
  assert.notEqual(zipped.headers.etag, etag, 'other bytes, other strong tag')
  assert.equal(gunzipSync(zipped.body as Uint8Array).toString(), long)
  assert.equal(zipped.headers['content-length'], String((zipped.body as Uint8Array).length))
  assert.equal((await again(zipped.headers.etag ?? '')).status, 304)
  const refused = await api.respond(asking('/metrics/query', { headers: { 'accept-encoding': 'gzip;q=0, identity' } }))
  assert.equal('content-encoding' in refused.headers, false)
  const rest = await api.respond(asking('/metrics/query', { headers: { 'accept-encoding': 'gzip;q=0, *' } }))
  assert.equal(rest.headers['content-encoding'], undefined)
  const short = await apiWith().api.respond(asking('/metrics', { headers: { 'accept-encoding': 'gzip' } }))
  assert.equal('content-encoding' in short.headers, false)
})

test('R18 S20 every answer is private, kept by no cache, never sniffed, never sent as a referrer', async () => {
  const { api } = apiWith({ cors: 'https://a.example' })
  for (const request of [
    asking('/metrics'),
    asking('/health'),
    asking('/metrics/none'),
    fromAfar('/metrics'),
    asking('/metrics', { method: 'OPTIONS' }),
  ]) {
    const { headers } = await api.respond(request)
    assert.equal(headers['cache-control'], 'private, no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.match(headers.vary ?? '', /Authorization/)
  }
})

test('S17 of fifty questions at once four run, a few wait, the rest are told to come back', async () => {
  let running = 0
  let most = 0
  const waiting: (() => void)[] = []
  const { api } = apiWith({
    answer: async (): Promise<Answer> => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => waiting.push(resolve))
      running--
      return said('{}')
    },
  })
  const all = Array.from({ length: 50 }, () => api.respond(asking('/metrics/query')))
  await turn()
  const busy = (await Promise.all(all.slice(20))).map(({ status, headers }) => [status, headers['retry-after']])
  assert.deepEqual(new Set(busy.map(String)), new Set(['503,1']))
  assert.equal((await jsonOf((await Promise.all(all.slice(20, 21)))[0]!)).error, 'busy')
  assert.equal((await api.respond(asking('/health'))).status, 200, 'health does not queue')
  const served = Promise.all(all.slice(0, 20))
  let done = false
  void served.then(() => (done = true))
  while (!done) {
    waiting.shift()?.()
    await turn()
  }
  assert.deepEqual(new Set((await served).map(({ status }) => status)), new Set([200]))
  assert.equal(most, 4)
})

test('R22 who waits too long in the queue is told so, and an answer that never comes ends in 503', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const { api } = apiWith({ answer: () => new Promise(() => undefined) })
  const all = Array.from({ length: 5 }, () => api.respond(asking('/metrics/query')))
  for (let i = 0; i < 20; i++) await Promise.resolve()
  mock.timers.tick(2_000)
  assert.equal((await all[4])?.status, 503)
  mock.timers.tick(20_000)
  const statuses = (await Promise.all(all)).map(({ status }) => status)
  mock.timers.reset()
  assert.deepEqual(statuses, [503, 503, 503, 503, 503])
})

test('an answer comes even while flushing hangs or fails', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  const { api } = apiWith({ flush: () => new Promise(() => undefined) })
  const response = api.respond(asking('/metrics'))
  for (let i = 0; i < 20; i++) await Promise.resolve()
  mock.timers.tick(500)
  mock.timers.reset()
  assert.equal((await response).status, 200)
  const failing = apiWith({ flush: () => Promise.reject(new Error('full')) })
  assert.equal((await failing.api.respond(asking('/metrics'))).status, 200)
})

test('readers that wait share one flush, and each flush began after they asked', async () => {
  let flushes = 0
  let release = (): void => undefined
  const { api } = apiWith({
    flush: () => {
      flushes++
      return new Promise<boolean>((resolve) => (release = () => resolve(true)))
    },
  })
  const all = Array.from({ length: 4 }, () => api.respond(asking('/metrics')))
  await turn()
  assert.equal(flushes, 1)
  release()
  await turn()
  assert.equal(flushes, 2, 'the others came while the first was running')
  release()
  await Promise.all(all)
  assert.equal(flushes, 2)
})

test('R16 what the store is told: the absolute address as the client sees it, without the token', async () => {
  const { api, asks } = apiWith({ access: { production: true, keys: [{ key: 'the-key', query: true }] } })
  const url = async (headers: Record<string, string>, encrypted = false): Promise<string | undefined> => {
    await api.respond({
      ...fromAfar('/metrics/query?metric=a&token=bad', { 'x-api-key': 'the-key', ...headers }),
      encrypted,
    })
    return asks.at(-1)?.url
  }
  assert.equal(await url({}), 'http://app.example.com/metrics/query')
  assert.equal(await url({}, true), 'https://app.example.com/metrics/query')
  assert.equal(await url({ 'x-forwarded-proto': 'https' }), 'https://app.example.com/metrics/query')
  assert.equal(
    await url({ 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https, http' }),
    'https://shop.example/metrics/query'
  )
  assert.equal(await url({ host: 'evil"><script>' }), '/metrics/query')
  assert.deepEqual(asks.at(-1)?.params, [['metric', 'a']])
})

test('answers echo no header of the request', async () => {
  const { api } = apiWith({ cors: 'https://a.example' })
  const request = fromAfar('/metrics/none', {
    authorization: 'Bearer mirror-me',
    cookie: 'mirror-me',
    'x-custom': 'mirror-me',
  })
  const response = await api.respond(request)
  assert.doesNotMatch(JSON.stringify(response.headers) + (await textOf(response)), /mirror-me/)
})

test('health answers one word to anybody, by GET and HEAD', async () => {
  const { api } = apiWith({ access: { production: true } })
  for (const url of ['/health', '/health/live', '/health/ready', '/health/startup', '/health/']) {
    const response = await api.respond(fromAfar(url))
    assert.equal(response.status, 200)
    assert.deepEqual(await jsonOf(response), { status: 'pass' })
  }
  assert.equal((await api.respond({ ...fromAfar('/health'), method: 'HEAD' })).body, null)
  assert.equal((await api.respond({ ...fromAfar('/health'), method: 'POST' })).status, 405)
  const failing = apiWith({
    health: (probe) => ({ word: probe === 'ready' ? 'fail' : 'pass' }),
  })
  assert.equal((await failing.api.respond(asking('/health/ready'))).status, 503)
  assert.equal((await failing.api.respond(asking('/health/live'))).status, 200)
})

test('the page that errors link to has a section for each of them, and runs nothing', async () => {
  const { api, asks } = apiWith()
  const response = await api.respond(asking('/metrics/docs'))
  const page = await textOf(response)
  for (const id of [
    'time',
    'metric',
    'group_by',
    'agg',
    'timezone',
    'filter',
    'limit',
    'format',
    'shape',
    'too_large',
    'not_found',
    'busy',
  ]) {
    assert.match(page, new RegExp(`id="${id}"`))
  }
  assert.match(response.headers['content-security-policy'] ?? '', /default-src 'none'/)
  assert.equal(asks.length, 0)
})

test('only our own paths are ours', () => {
  const { api } = apiWith()
  const theirs = [
    '/',
    '/metricsx',
    '/metric',
    '/Metrics',
    '/health/other',
    '/healthz',
    '/api/metrics',
    '/users/..%2f..%2fmetrics',
    '/x?y=/metrics',
    '',
    '*',
    '/%',
    '/%E0%A4%A',
    '/\0',
  ]
  for (const url of theirs) assert.equal(api.handles(url), false, url)
  for (const url of ['/metrics', '/metrics?x', '/metrics/anything', '/health/live'])
    assert.equal(api.handles(url), true, url)
  const off = apiWith({ path: false, healthPath: false }).api
  for (const url of ['/metrics', '/health']) assert.equal(off.handles(url), false)
})

test('an app that mounts us itself reaches every route under a path of its own', async () => {
  const { api, asks } = apiWith({ path: false, healthPath: false })
  await api.respond(asking('/internal/numbers/query?metric=a'))
  assert.equal(asks.at(-1)?.route, 'query')
  assert.equal(asks.at(-1)?.url, 'http://localhost:3000/internal/numbers/query')
  await api.respond(asking('/internal/numbers'))
  assert.equal(asks.at(-1)?.route, 'snapshot')
  await api.respond(asking('/internal/metrics'))
  assert.equal(asks.at(-1)?.route, 'snapshot')
  await api.respond(asking('/internal/metrics/metrics'))
  assert.equal(asks.at(-1)?.route, 'metrics')
  assert.deepEqual(await jsonOf(await api.respond(asking('/internal/live'))), { status: 'pass' })
  assert.deepEqual(await jsonOf(await api.respond(asking('/internal/health'))), { status: 'pass' })
})

test('a path that cannot be ours is refused at start', () => {
  for (const path of ['', '/', 'metrics', '/a b', '/x?y', '//']) {
    assert.throws(() => apiWith({ path }), /`path`.*'\/metrics'/, path)
  }
})

test('S16 a long export is made piece by piece, each when the one before was taken, and none after the client left', async () => {
  let made = 0
  const { api } = apiWith({
    answer: (ask) => {
      made++
      const at = Number(ask.facts.cursor ?? 0)
      return Promise.resolve(said(`piece ${at}\n`, at < 999 ? { [CURSOR]: String(at + 1) } : {}))
    },
  })
  const response = await api.respond(asking('/metrics/export'))
  assert.equal(CURSOR in response.headers, false)
  const pieces = response.body as AsyncIterable<Uint8Array>
  let taken = 0
  for await (const _ of pieces) if (++taken === 5) break
  await turn()
  assert.equal(made, 5)
  const whole = await textOf(await api.respond(asking('/metrics/export')))
  assert.equal(whole.split('\n').length, 1001)
})
