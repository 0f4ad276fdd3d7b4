import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tracker } from '../../src/collectors/track.ts'
import { Registry } from '../../src/core/registry.ts'
import { Guard } from '../../src/guard.ts'
import { fakeClock } from '../../src/testing.ts'

function setUp(maxSeriesPerMetric = 1000) {
  const clock = fakeClock()
  const lines: string[] = []
  const guard = new Guard(clock, (line) => lines.push(line))
  const overflowed = () => undefined
  const limits = { maxSeries: 10_000, maxSeriesPerMetric }
  const registry = new Registry({ writer: 'w', labels: {}, ...limits, overflow: '__overflow__', overflowed })
  const drops = new Map<string, number>()
  const tracker = new Tracker({ registry, clock, guard, redact: true, sample: 1, constant: { service: 's' }, drops })
  const total = () => registry.windows.flatMap(({ filled }) => filled).reduce((sum, { point }) => sum + point.total, 0)
  return { clock, registry, tracker, drops, lines, total, held: tracker.once.held }
}

test('a value with an id is held back, whole, with the minute of its call', () => {
  const { tracker, held, total, clock } = setUp()
  tracker.track('revenue', 49, { plan: 'pro' }, { id: 'evt_1' })
  assert.equal(total(), 0)
  assert.deepEqual(tracker.drain(), [])
  const [value] = held.take(1)
  assert.deepEqual([value?.value, value?.time, value?.buckets], [49, clock.now(), true])
  value?.counted()
  assert.deepEqual(
    tracker.drain().map(({ name, value: amount, time, labels }) => [name, amount, time, labels]),
    [['revenue', 49, clock.now(), { service: 's', plan: 'pro' }]]
  )
})

test('ids are told apart by metric; a number and its digits are one', () => {
  const { tracker, held } = setUp()
  for (const id of ['1', 1, 1.5, '1.5', -0, 0, '0']) tracker.track('revenue', 1, {}, { id })
  tracker.track('refunds', 1, {}, { id: 1 })
  const hashes = held.take(99).map(({ id }) => id)
  assert.equal(hashes.length, 4)
  assert.equal(new Set(hashes).size, 4)
  assert.ok(hashes.every((hash) => /^[\w-]{22}$/.test(hash)))
})

test('an id that is none costs no money: the value counts, and that it is not told apart is said once', () => {
  const { tracker, held, total, lines, drops } = setUp()
  const wrong = [undefined, null, '', NaN, Infinity, {}, [], true, Symbol('x'), 'x'.repeat(1_025), 7n]
  for (const id of wrong) tracker.track('revenue', 1, {}, { id: id as string })
  tracker.track('revenue', 1, {}, 'evt_1' as never)
  assert.equal(total(), wrong.length + 1)
  assert.equal(held.size, 0)
  assert.equal(drops.size, 0)
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /the id of a value of 'revenue'.*was counted.*once\.test\.ts/)
})

test('no options are no wrong id', () => {
  const { tracker, total, lines } = setUp()
  for (const options of [undefined, null, {}]) tracker.track('revenue', 1, {}, options)
  assert.equal(total(), 3)
  assert.deepEqual(lines, [])
})

test('what cannot be recorded is not held either', () => {
  const { tracker, held, drops } = setUp()
  tracker.track('revenue', NaN, {}, { id: 'a' })
  tracker.track('no name', 1, {}, { id: 'a' })
  tracker.track('revenue', 1, { 'no-label': 1 }, { id: 'a' })
  assert.equal(held.size, 0)
  assert.deepEqual(
    [...drops],
    [
      ['bad_value', 1],
      ['bad_name', 1],
      ['bad_label', 1],
    ]
  )
})

test('beyond ten thousand that wait they are dropped, counted and said once', () => {
  const { tracker, held, drops, lines } = setUp()
  for (let i = 0; i < 10_003; i++) tracker.track('revenue', 1, {}, { id: i })
  assert.equal(held.size, 10_000)
  assert.equal(drops.get('held'), 3)
  assert.equal(lines.length, 1)
})

test('the event of a held value has the labels of the call, also those that its points have not', () => {
  const { tracker, held } = setUp(1)
  tracker.track('revenue', 1, { user: 'a' })
  tracker.drain()
  const labels: Record<string, string> = { user: 'b' }
  tracker.track('revenue', 1, labels, { id: 'evt' })
  labels['user'] = 'changed since'
  held.take(1)[0]?.counted()
  assert.deepEqual(
    tracker.drain().map((event) => event.labels),
    [{ service: 's', user: 'b' }]
  )
})

test('a driver that cannot claim is said with the first id', () => {
  const { tracker, lines } = setUp()
  tracker.once.caution = 'in this process only'
  tracker.track('revenue', 1, {})
  assert.equal(lines.length, 0)
  for (const id of ['a', 'b']) tracker.track('revenue', 1, {}, { id })
  assert.deepEqual(lines, ['[pocketmetrics] in this process only'])
})
