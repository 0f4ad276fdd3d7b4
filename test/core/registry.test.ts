import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '../../src/core/registry.ts'

const START = Date.UTC(2026, 10, 22, 10, 30)
const VISITS = { name: 'visits', kind: 'counter', unit: 'count', buckets: false }

function registry(options: Partial<ConstructorParameters<typeof Registry>[0]> = {}) {
  const overflowed: string[] = []
  const made = new Registry({
    writer: 'w',
    labels: {},
    maxSeries: 100,
    maxSeriesPerMetric: 3,
    overflow: '__overflow__',
    overflowed: (metric) => overflowed.push(metric),
    ...options,
  })
  return { registry: made, overflowed }
}

test('equal labels are one series, in whatever order they come', () => {
  const { registry: r } = registry()
  assert.equal(r.series(VISITS, { a: '1', b: '2' }), r.series(VISITS, { b: '2', a: '1' }))
  assert.equal(r.size, 1)
})

test('what is over the limit lands in one overflow series, and the sum stays right', () => {
  const { registry: r, overflowed } = registry()
  for (let i = 0; i < 50; i++) r.series(VISITS, { user: String(i) }).observe(1, START)
  assert.deepEqual(overflowed, ['visits'])
  assert.equal(r.size, 4)
  const over = r.series(VISITS, { user: 'new' })
  assert.ok(r.isOverflow('visits', over))
  assert.ok(!r.isOverflow('visits', r.series(VISITS, { user: '0' })))
  assert.equal(
    r.windows[0]!.filled.reduce((sum, { point }) => sum + point.total, 0),
    50
  )
})

test('the limit on all series holds over metrics', () => {
  const { registry: r } = registry({ maxSeries: 2, maxSeriesPerMetric: 10 })
  for (let i = 0; i < 5; i++) r.series(VISITS, { user: String(i) })
  r.series({ ...VISITS, name: 'other' }, { user: 'x' })
  r.series({ ...VISITS, name: 'other' }, { user: 'y' })
  assert.equal(r.size, 4)
})

test('names are told once, all again on demand, and carry the constant labels', () => {
  const { registry: r } = registry({ labels: { env: 'prod' } })
  r.series(VISITS, { plan: 'pro' })
  const names = r.names(false)
  assert.deepEqual(
    names.map(({ text }) => text),
    ['{"metric":"visits","kind":"counter","unit":"count","buckets":false}', '{"labels":{"env":"prod","plan":"pro"}}']
  )
  r.told(names)
  assert.deepEqual(r.names(false), [])
  assert.deepEqual(new Set(r.names(true).map(({ id }) => id)), new Set(names.map(({ id }) => id)))
  assert.equal(r.shape('visits')?.unit, 'count')
  assert.equal(r.shape('none'), undefined)
})

test('each minute has a point of its own', () => {
  const { registry: r } = registry()
  const series = r.series(VISITS, {})
  series.observe(1, START)
  series.observe(1, START + 59_999)
  series.observe(1, START + 60_000)
  assert.deepEqual(
    r.windows.map((window) => [window.start, window.filled[0]!.point.count]),
    [
      [START, 2],
      [START + 60_000, 1],
    ]
  )
})

test('a clock that steps back a little keeps to the newest minute; a forgotten minute is never begun again', () => {
  const { registry: r } = registry()
  const series = r.series(VISITS, {})
  series.observe(1, START + 60_000)
  series.observe(1, START)
  assert.equal(r.windows.length, 1)
  r.forget(r.windows[0]!)
  series.observe(1, START + 61_000 + 60_000)
  r.forget(r.windows[0]!)
  r.series(VISITS, { other: 'x' }).observe(1, START + 60_000)
  assert.equal(r.windows[0]!.start, START + 180_000)
  assert.equal(r.windows[0]!.writer, 'w')
})

test('a clock that steps back far begins a new writer', () => {
  const { registry: r } = registry()
  const series = r.series(VISITS, {})
  series.observe(1, START)
  const old = r.windows[0]!
  series.observe(1, START - 3_600_000)
  assert.equal(r.writer, 'w.1')
  assert.deepEqual(
    r.windows.map((window) => [window.writer, window.start]),
    [
      ['w', START],
      ['w.1', START - 3_600_000],
    ]
  )
  r.forget(old)
  series.observe(1, START - 3_600_000)
  assert.equal(r.windows.length, 1)
})

test('what comes for a forgotten minute, by a clock that steps back, goes into a later one', () => {
  const { registry: r } = registry()
  const series = r.series(VISITS, {})
  series.observe(1, START + 50_000)
  r.forget(r.windows[0]!)
  series.observe(1, START + 58_000)
  assert.deepEqual(
    r.windows.map((window) => [window.start, window.filled[0]!.point.count]),
    [[START + 60_000, 1]]
  )
})

test('there is room for so many metrics and no more', () => {
  const { registry: r } = registry({ maxSeries: 2 })
  r.series(VISITS, {})
  r.series({ ...VISITS, name: 'other' }, {})
  assert.deepEqual(
    ['visits', 'other', 'third'].map((name) => r.takes(name)),
    [true, true, false]
  )
})

test('histograms keep no last value, counters do', () => {
  const { registry: r } = registry()
  r.series(VISITS, {}).observe(4, START + 5)
  r.series({ ...VISITS, name: 'h', kind: 'histogram', buckets: true }, {}).observe(4, START + 5)
  assert.deepEqual(
    r.windows[0]!.filled.map(({ point }) => point.at),
    [START + 5, -1]
  )
})

const DAY = 86_400_000

/** A registry that forgets after ten days, and days that go by. */
function ageing(options: Partial<ConstructorParameters<typeof Registry>[0]> = {}) {
  const forgot: string[] = []
  const { registry: r, overflowed } = registry({
    forgetAfter: 10 * DAY,
    forgot: (metric) => forgot.push(metric),
    ...options,
  })
  let day = 0
  r.age(0)
  const observe = (labels: Record<string, string>): void => r.series(VISITS, labels).observe(1, START + day * DAY)
  const pass = (days: number, each: () => void = () => undefined): void => {
    for (const last = day + days; day < last;) {
      for (const window of r.windows) r.forget(window)
      r.told(r.names(false))
      r.age(++day * DAY)
      each()
    }
  }
  const total = (): number => r.windows.flatMap(({ filled }) => filled).reduce((sum, { point }) => sum + point.total, 0)
  return { r, forgot, overflowed, pass, observe, total, now: () => START + day * DAY }
}

test('a series without a value for as long as anything is kept is forgotten, and makes room for others', () => {
  const { r, forgot, pass, observe, overflowed } = ageing()
  for (const user of ['1', '2', '3']) observe({ user })
  pass(12, () => observe({ user: '1' }))
  assert.equal(r.size, 1)
  assert.deepEqual(forgot, ['visits'])
  observe({ user: '4' })
  assert.deepEqual(overflowed, [])
  assert.equal(r.size, 2)
  pass(12)
  assert.equal(r.size, 0)
  assert.equal(r.shape('visits'), undefined)
})

test('once a day names in use are told again, and no others', () => {
  const { r, pass, observe } = ageing()
  observe({ user: '1' })
  observe({ user: '2' })
  const told: number[] = []
  pass(5, () => {
    observe({ user: '1' })
    told.push(r.names(false).length)
  })
  // The metric and both label sets, then one.
  assert.deepEqual(told, [3, 2, 2, 2, 2])
  for (const all of [r.names(true)]) assert.equal(all.length, 3)
})

test('a handle that is held for longer than its series is known goes on to count', () => {
  const { r, pass, total, now } = ageing()
  const held = r.series(VISITS, { user: '1' })
  held.observe(1, now())
  pass(12)
  assert.ok(held.isForgotten)
  held.observe(1, now())
  held.observe(1, now() + 1)
  assert.ok(!held.isForgotten)
  assert.equal(total(), 2)
  assert.equal(r.series(VISITS, { user: '1' }), held)
  assert.equal(r.names(false).length, 2)
})

test('where another has its place meanwhile, both count into one point', () => {
  const { r, pass, total, now } = ageing()
  const old = r.series(VISITS, { user: '1' })
  old.observe(1, now())
  pass(12)
  const fresh = r.series(VISITS, { user: '1' })
  assert.notEqual(fresh, old)
  for (let minute = 0; minute < 3; minute++) {
    old.observe(1, now() + minute * 60_000)
    fresh.observe(1, now() + minute * 60_000 + 1)
    old.observe(1, now() + minute * 60_000 + 2)
    assert.equal(r.windows.at(-1)!.filled.length, 1)
  }
  assert.equal(total(), 9)
  for (const window of r.windows) r.forget(window)
  old.observe(1, now() + 4 * 60_000)
  assert.equal(total(), 1)
  assert.equal(r.size, 1)
})

test('where there is no room any more, what comes for a forgotten one is counted with the overflow', () => {
  const { r, pass, total, now, observe } = ageing()
  const old = r.series(VISITS, { user: '1' })
  old.observe(1, now())
  pass(12)
  for (const user of ['a', 'b', 'c']) observe({ user })
  old.observe(1, now())
  assert.ok(r.isOverflow('visits', old.living()))
  assert.equal(r.size, 4)
  assert.equal(total(), 4)
  // The overflow's own series is forgotten and comes back like any other.
  const over = old.living()
  over.observe(1, now())
  pass(12)
  assert.equal(r.size, 0)
  over.observe(1, now())
  assert.ok(r.isOverflow('visits', over))
  old.observe(1, now())
  assert.ok(!old.isForgotten)
  assert.equal(total(), 2)
})

test('what is in use elsewhere, such as a sum made of others, is not forgotten', () => {
  const { r, pass } = ageing()
  const whole = r.series(VISITS, {})
  pass(12, () => whole.living())
  assert.equal(r.size, 1)
  assert.ok(!whole.isForgotten)
})

test('a minute that nobody has packed yet keeps its series', () => {
  const { r, now } = ageing()
  const series = r.series(VISITS, {})
  series.observe(1, now())
  for (let day = 1; day < 20; day++) r.age(day * DAY)
  assert.ok(!series.isForgotten)
})

test('many series are looked at in several turns', () => {
  const { r } = ageing({ maxSeries: 1e6, maxSeriesPerMetric: 1e6 })
  for (let i = 0; i < 1200; i++) r.series(VISITS, { user: String(i) })
  for (let day = 1; day < 10; day++) for (let turn = 0; turn < 4; turn++) r.age(day * DAY + turn)
  const sizes = [0, 1, 2].map((turn) => (r.age(11 * DAY + turn), r.size))
  assert.deepEqual(sizes, [700, 200, 0])
})
