import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tracker } from '../../src/collectors/track.ts'
import type { Labels } from '../../src/core/labels.ts'
import { Registry } from '../../src/core/registry.ts'
import { Guard } from '../../src/guard.ts'
import { unitOf } from '../../src/names.ts'
import { fakeClock } from '../../src/testing.ts'

function setUp(options: { redact?: boolean; maxSeriesPerMetric?: number; constant?: Labels } = {}) {
  const clock = fakeClock()
  const lines: string[] = []
  const guard = new Guard(clock, (line) => lines.push(line))
  const registry = new Registry({
    writer: 'w',
    labels: options.constant ?? {},
    maxSeries: 10_000,
    maxSeriesPerMetric: options.maxSeriesPerMetric ?? 1000,
    overflow: '__overflow__',
    overflowed: () => undefined,
  })
  const drops = new Map<string, number>()
  const { redact = true, constant = {} } = options
  const tracker = new Tracker({ registry, clock, guard, redact, sample: 1, constant, drops })
  const total = () => registry.windows.flatMap(({ filled }) => filled).reduce((sum, { point }) => sum + point.total, 0)
  return { registry, tracker, drops, lines, total }
}

test('a value is summed by its labels and kept as an event', () => {
  const { tracker, registry, total } = setUp()
  tracker.track('revenue', 49, { plan: 'pro', seats: 3, trial: false, coupon: null, source: undefined })
  tracker.track('revenue', -9, { plan: 'pro', seats: 3, trial: false })
  assert.equal(total(), 40)
  assert.equal(registry.size, 1)
  const events = tracker.drain()
  assert.deepEqual(
    events.map(({ name, value, labels }) => [name, value, labels]),
    [
      ['revenue', 49, { plan: 'pro', seats: '3', trial: 'false' }],
      ['revenue', -9, { plan: 'pro', seats: '3', trial: 'false' }],
    ]
  )
})

test('events carry the constant labels, those of the call first, also beyond the limit on series', () => {
  const { tracker } = setUp({ constant: { service: 'shop', region: 'eu' }, maxSeriesPerMetric: 1 })
  tracker.track('revenue', 1, { plan: 'pro' })
  tracker.track('revenue', 1, { plan: 'team', region: 'us' })
  assert.deepEqual(
    tracker.drain().map(({ labels }) => labels),
    [
      { service: 'shop', region: 'eu', plan: 'pro' },
      { service: 'shop', region: 'us', plan: 'team' },
    ]
  )
})

test('S12: what is no finite number is dropped, counted and said once', () => {
  const { tracker, drops, lines, total } = setUp()
  for (const value of [NaN, Infinity, -Infinity, '5', null, {}, 5n, 1e308])
    tracker.track('revenue', value as number, {})
  tracker.track('revenue', -0, {})
  tracker.track('revenue', 1e287, {})
  tracker.track('revenue', -1e287, {})
  assert.equal(drops.get('bad_value'), 8)
  assert.equal(lines.length, 1)
  assert.equal(total(), 0)
})

test('S11: a name that cannot be is dropped, counted and said with the place of the call', () => {
  const { tracker, drops, lines } = setUp()
  for (const name of ['my metric', '"', '💰', 'x'.repeat(10_000), '', undefined, 5, 'http_requests', 'http_errors'])
    tracker.track(name as string, 1, {})
  assert.equal(drops.get('bad_name'), 9)
  assert.match(lines[0]!, /my metric.*track\.test\.ts/)
})

test('labels that cannot be are dropped with the value; long values are cut', () => {
  const { tracker, drops } = setUp()
  tracker.track('a', 1, { 'no-dash': 'x' })
  tracker.track('a', 1, { nested: {} as string })
  tracker.track('a', 1, Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])))
  assert.equal(drops.get('bad_label'), 3)
  tracker.track('a', 1, { long: 'x'.repeat(1000) })
  assert.equal(tracker.drain()[0]!.labels.long!.length, 256)
})

test('S10: label sets over the limit are summed in the overflow series, and events keep their labels', () => {
  const { tracker, total, registry } = setUp({ maxSeriesPerMetric: 10 })
  for (let i = 0; i < 1000; i++) tracker.track('visits', 0.1, { user: `u${i}` })
  assert.equal(registry.size, 11)
  assert.equal(total().toFixed(9), '100.000000000')
  assert.equal(tracker.drain().at(-1)!.labels.user, 'u999')
})

test('S13: what looks like a secret is redacted, with one warning that names label and metric', () => {
  const { tracker, lines } = setUp()
  for (const user of ['jane@example.com', 'joe@example.org', '4111111111111111']) tracker.track('visits', 1, { user })
  assert.deepEqual(
    tracker.drain().map(({ labels }) => labels.user),
    ['[redacted]', '[redacted]', '[redacted]']
  )
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /'user' of 'visits'/)
  const open = setUp({ redact: false })
  open.tracker.track('visits', 1, { user: 'jane@example.com' })
  assert.equal(open.tracker.drain()[0]!.labels.user, 'jane@example.com')
})

test('a counter cannot fall, and labels are an object: what is wrong is said in words', () => {
  const { tracker, drops, lines } = setUp()
  tracker.observe('jobs', 'counter', false, undefined, -1, {})
  tracker.track('revenue', '49' as unknown as number, {})
  tracker.track('revenue', 49, 'pro' as unknown as {})
  assert.deepEqual([drops.get('bad_value'), drops.get('bad_label')], [2, 1])
  assert.match(lines[0]!, /cannot fall by -1/)
  assert.match(lines[1]!, /is the text '49'/)
  assert.match(lines[2]!, /are the text 'pro'/)
})

test('one name is one kind', () => {
  const { tracker, drops } = setUp()
  tracker.observe('depth', 'gauge', false, undefined, 5, {})
  tracker.observe('depth', 'histogram', true, undefined, 5, {})
  assert.equal(drops.get('bad_kind'), 1)
})

test('metrics and spellings without end do not grow the cache', () => {
  const { tracker, registry } = setUp({ maxSeriesPerMetric: 5 })
  for (let i = 0; i < 20_000; i++) tracker.observe(`m${i}`, 'counter', false, undefined, 1, { a: `${i}` })
  assert.ok(registry.size <= 30_000)
})

test('metric names made from data are refused beyond the limit, counted and said once', () => {
  const { tracker, drops, lines } = setUp()
  for (let i = 0; i < 10_005; i++) tracker.track(`m${i}`, 1, {})
  tracker.track('m0', 1, {})
  assert.deepEqual([...drops], [['too_many_metrics', 5]])
  assert.match(lines[0]!, /too many/)
  assert.equal(lines.length, 1)
})

test('no value passes for another label, and nothing for the text null', () => {
  const { tracker } = setUp()
  const sets = [
    { a: 'x', b: 'y' },
    { a: 'x\u0002b\u0001y' },
    { a: null },
    { a: 'null' },
    { a: '1:b1:y' },
    { ['__proto__']: 'p' },
  ]
  for (const labels of sets) tracker.track('revenue', 1, labels)
  assert.deepEqual(
    tracker.drain().map(({ labels }) => Object.entries(labels).join(';')),
    ['a,x;b,y', 'a,x\u0002b\u0001y', '', 'a,null', 'a,1:b1:y', '__proto__,p']
  )
})

test('a name like __proto__ is a name like any other', () => {
  const { tracker, total } = setUp()
  tracker.track('__proto__', 1, { constructor: 'x', ['__proto__']: 'y' })
  tracker.track('constructor', 2, {})
  assert.equal(total(), 3)
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('units are read from names', () => {
  const units = {
    revenue: 'USD',
    mrr: 'USD',
    price_eur: 'EUR',
    job_seconds: 's',
    import_ms: 'ms',
    upload_bytes: 'bytes',
    cpu_percent: 'percent',
    signups: 'count',
  }
  for (const [name, unit] of Object.entries(units)) assert.equal(unitOf(name), unit)
})
