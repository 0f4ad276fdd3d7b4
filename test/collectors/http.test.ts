import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Exchange } from '../../src/collectors/exchange.ts'
import { HttpCollector, type HttpOptions } from '../../src/collectors/http.ts'
import { Ignored, PROBES } from '../../src/collectors/ignored.ts'
import type { Draft } from '../../src/core/event.ts'
import { hash } from '../../src/core/ids.ts'
import { Registry } from '../../src/core/registry.ts'
import { type FakeClock, fakeClock } from '../../src/testing.ts'

interface Ground {
  readonly clock: FakeClock
  readonly registry: Registry
  readonly http: HttpCollector
  /** One request from its beginning to its end. */
  readonly request: (template: string, more?: Partial<Exchange>, method?: string) => void
  readonly rows: (metric: string) => Record<string, number>
  readonly drainAll: () => Draft[]
}

const ORDINARY: Exchange = {
  status: 200,
  elapsed: 1.2344,
  ttfb: 1.0004,
  requestBytes: 100,
  responseBytes: 2000,
  aborted: false,
  stream: false,
  cut: false,
}

function ground(options: Partial<HttpOptions> = {}): Ground {
  const clock = fakeClock()
  const overflowed = (): undefined => undefined
  const limits = { maxSeries: 10_000, maxSeriesPerMetric: 1000, overflow: '__overflow__', overflowed }
  const registry = new Registry({ writer: 'w', labels: {}, ...limits })
  const defaults = { clock, instance: 'i', slow: 1000, sample: 1, ignore: PROBES, maxEndpoints: 3 }
  const http = new HttpCollector(registry, { ...defaults, ...options })
  return {
    clock,
    registry,
    http,
    request(template, more = {}, method = 'GET') {
      http.began()
      http.ended(http.endpoint(template), method, { ...ORDINARY, ...more }, clock.monotonic())
    },
    rows(metric) {
      const texts = new Map(registry.names(true).map(({ id, text }) => [id, JSON.parse(text)]))
      const found: Record<string, number> = {}
      for (const { filled } of registry.windows) {
        for (const { series, point } of filled) {
          if (texts.get(series.metric).metric !== metric) continue
          const key = Object.values(texts.get(series.labels).labels).join(' ')
          found[key] = (found[key] ?? 0) + point.total
        }
      }
      return found
    },
    drainAll() {
      const all: Draft[] = []
      do all.push(...http.drain())
      while (http.waiting > 0)
      return all
    },
  }
}

const weights = (events: readonly Draft[]): number => events.reduce((sum, event) => sum + event.weight, 0)

describe('requests', () => {
  test('are counted by endpoint, method and status, in whole microseconds', () => {
    const { http, request, rows } = ground()
    request('/users/:id')
    request('/users/:id', { status: 404 })
    request('/users/:id', {}, 'POST')
    assert.deepEqual(rows('http_requests'), {
      '/users/:id GET 200': 1,
      '/users/:id GET 404': 1,
      '/users/:id POST 200': 1,
    })
    assert.equal(rows('http_latency_ms')['/users/:id GET 200'], 1234)
    assert.equal(rows('http_ttfb_ms')['/users/:id GET'], 2000)
    assert.equal(rows('http_request_bytes')['/users/:id GET'], 200)
    assert.equal(rows('http_response_bytes')['/users/:id POST'], 2000)
    assert.equal(http.active, 0)
  })

  test('take one series for each status that occurred, and none for clients that stayed', () => {
    const { registry, request, rows } = ground({ maxEndpoints: 1000 })
    for (let route = 0; route < 900; route++) request(`/${route}`)
    assert.equal(Object.keys(rows('http_requests')).length, 900)
    assert.equal(rows('http_requests')['__overflow__ __overflow__ __overflow__'], undefined)
    assert.ok(registry.names(true).every(({ text }) => !text.includes('"499"')))
  })

  test('count in the minute in which they ended, whatever else begins another one', () => {
    const { clock, registry, request } = ground()
    const sold = registry.series({ name: 'sold', kind: 'counter', unit: 'count', buckets: false }, {})
    const before = clock.now()
    clock.advance(59_900)
    for (let n = 0; n < 3; n++) request('/a')
    clock.advance(200)
    sold.observe(1, clock.now())
    for (let n = 0; n < 70; n++) request('/a')
    clock.jump(before - 3_600_000)
    clock.advance(1_000)
    sold.observe(1, clock.now())
    request('/a')
    const counts = registry.windows.map(({ start, filled }) => {
      const points = filled.filter(({ series }) => series.metric === hash('http_requests'))
      return [(start - before) / 60_000, points.reduce((sum, { point }) => sum + point.total, 0)]
    })
    assert.deepEqual(counts, [
      [0, 3],
      [1, 70],
      [-60, 1],
    ])
  })

  test('whose client left have status 499 and no latency', () => {
    const { request, rows } = ground()
    request('/a', { aborted: true, ttfb: -1 })
    assert.deepEqual(rows('http_requests'), { '/a GET 499': 1 })
    assert.deepEqual(rows('http_latency_ms'), {})
    assert.deepEqual(rows('http_ttfb_ms'), {})
  })

  test('that were streams have a lifetime and no latency', () => {
    const { http, request, rows } = ground()
    http.streamOpened()
    http.sample()
    request('/a', { stream: true, elapsed: 5000 })
    assert.deepEqual(rows('http_stream_ms'), { '/a GET': 5_000_000 })
    assert.deepEqual(rows('http_latency_ms'), {})
    assert.deepEqual(rows('http_streams_open'), { i: 1 })
  })

  test('of unknown sizes leave no sizes', () => {
    const { request, rows } = ground()
    request('/a', { requestBytes: -1, responseBytes: -1 })
    assert.deepEqual([rows('http_request_bytes'), rows('http_response_bytes')], [{}, {}])
  })

  test('with methods that nobody knows are one series', () => {
    const { request, rows } = ground()
    for (const method of ['PURGE', 'get', '__proto__', '']) request('/a', {}, method)
    assert.deepEqual(rows('http_requests'), { '/a _OTHER 200': 4 })
  })

  test('to more endpoints than allowed are counted as one, unmatched ones aside', () => {
    const { request, rows } = ground()
    for (let n = 0; n < 10; n++) request(`/e${n}`)
    request('unmatched', { status: 404 })
    const counted = rows('http_requests')
    assert.deepEqual([counted['/e2 GET 200'], counted['(other) GET 200'], counted['unmatched GET 404']], [1, 7, 1])
  })

  test('to ignored endpoints are not counted but do end', () => {
    const { http, request, rows, drainAll } = ground({ ignore: ['/internal/*', '/ping'] })
    for (const path of ['/ping', '/internal/a/b']) request(path)
    assert.deepEqual([rows('http_requests'), drainAll(), http.active], [{}, [], 0])
    assert.ok(http.ignores('/internal/x') && !http.ignores('/pings'))
  })

  test('in flight are a gauge', () => {
    const { http, rows } = ground()
    http.began()
    http.began()
    http.left()
    http.sample()
    assert.deepEqual(rows('http_active'), { i: 1 })
  })
})

describe('ignored names', () => {
  test('a star is any run of characters, in linear time', () => {
    const ignored = new Ignored(['/a*c', '*.ico', '/x*y*z', `${'*a'.repeat(500)}*b`])
    assert.deepEqual(
      ['/abc', '/ac', '/ab', 'f.ico', '/xyz', '/xzy', '/a'].map((name) => ignored.has(name)),
      [true, true, false, true, true, false, false]
    )
    const from = performance.now()
    assert.equal(ignored.has('a'.repeat(20_000)), false)
    assert.ok(performance.now() - from < 5_000)
  })
})

describe('the tail of requests', () => {
  test('has each request while there are few, oldest first', () => {
    const { clock, request, drainAll } = ground()
    request('/a', { status: 201, elapsed: 1500 }, 'POST')
    clock.advance(1)
    request('/b', { aborted: true, ttfb: -1, responseBytes: -1 })
    const [first, second, ...more] = drainAll()
    assert.deepEqual(more, [])
    assert.deepEqual(first, {
      kind: 'request',
      time: clock.now() - 1,
      name: '/a',
      value: 1500,
      weight: 1,
      labels: {},
      fields: {
        method: 'POST',
        status: 201,
        ttfb_ms: 1,
        request_bytes: 100,
        response_bytes: 2000,
        slow: true,
        aborted: false,
        instance: 'i',
      },
    })
    assert.deepEqual(
      [second!.fields['status'], second!.fields['aborted'], second!.fields['ttfb_ms']],
      [499, true, null]
    )
    assert.deepEqual(drainAll(), [])
  })

  test('keeps 5,000 at once, and beyond it a sample whose weights add up', () => {
    const { clock, request, drainAll } = ground()
    for (let n = 0; n < 50_000; n++) request('/a')
    clock.advance(1000)
    const events = drainAll()
    assert.equal(weights(events), 50_000)
    assert.equal(events.length, 5_005)
  })

  test('makes no more than fifty events in one turn', () => {
    const { http, request } = ground()
    for (let n = 0; n < 10_000; n++) request('/a')
    assert.equal(http.drain().length, 50)
    assert.equal(http.waiting, 4950)
  })

  test('a scanner fills it with no more than 500 of its requests, and the weights add up', () => {
    const { clock, request, drainAll } = ground()
    for (let n = 0; n < 100_000; n++) request('unmatched', { status: 404 })
    request('/a')
    clock.advance(1000)
    const events = drainAll()
    assert.equal(weights(events), 100_001)
    assert.equal(events.length, 506)
  })

  test('under lasting load keeps ten a second, errors and slow requests first', () => {
    const { clock, request, drainAll } = ground()
    for (let n = 0; n < 5_000; n++) request('/a')
    clock.advance(1)
    drainAll()
    let events: Draft[] = []
    for (let second = 0; second < 60; second++) {
      for (let n = 0; n < 1000; n++) request('/a')
      if (second % 10 === 0) request('/bad', { status: 500 })
      if (second % 10 === 5) request('/slow', { elapsed: 3000 })
      clock.advance(1000)
      events = [...events, ...drainAll()]
    }
    assert.equal(weights(events), 60_012)
    assert.ok(events.length <= 60 * 10 + 10, String(events.length))
    const kept = events.filter((event) => event.name !== '/a')
    assert.deepEqual([kept.length, weights(kept)], [12, 12])
  })

  test('comes back to keeping all when the load is over', () => {
    const { clock, request, drainAll } = ground()
    for (let n = 0; n < 30_000; n++) request('/a')
    drainAll()
    clock.advance(60_000)
    drainAll()
    for (let n = 0; n < 100; n++) request('/b')
    const events = drainAll().filter((event) => event.name === '/b')
    assert.deepEqual([events.length, weights(events)], [100, 100])
  })

  test('with `sample` keeps a share, all errors and slow requests, and the weights', () => {
    const { request, drainAll } = ground({ sample: 0.1 })
    for (let n = 0; n < 1000; n++) request('/a')
    for (let n = 0; n < 7; n++) request('/bad', { status: 503 })
    const events = drainAll()
    const bad = events.filter((event) => event.name === '/bad')
    assert.deepEqual([bad.length, events.length - bad.length], [7, 100])
    assert.ok(Math.abs(weights(events) - 1007) < 10)
  })

  test('with a sample of nothing keeps errors only', () => {
    const { request, drainAll } = ground({ sample: 0 })
    for (let n = 0; n < 100; n++) request('/a')
    request('/bad', { status: 503 })
    assert.deepEqual(
      drainAll().map((event) => event.name),
      ['/bad']
    )
  })

  test('is bounded when nobody drains it', () => {
    const { clock, http, request, drainAll } = ground()
    for (let n = 0; n < 200_000; n++) request('/a', { status: n % 2 === 0 ? 200 : 500 })
    clock.advance(1000)
    assert.equal(http.waiting, 5_000)
    assert.equal(weights(drainAll()), 200_000)
  })
})
