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
