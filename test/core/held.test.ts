import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Held, type HeldValue } from '../../src/core/held.ts'
import { OVERFLOWS, readOverflows } from '../../src/core/notes.ts'
import { Registry } from '../../src/core/registry.ts'

function registry(overflowed: (metric: string, widest: string) => void, maxSeries = 100): Registry {
  return new Registry({
    writer: 'w',
    labels: { service: 'shop' },
    maxSeries,
    maxSeriesPerMetric: 4,
    overflow: 'o',
    overflowed: (metric, _, widest) => overflowed(metric, widest),
  })
}

const VISITS = { name: 'visits', kind: 'counter', unit: 'count', buckets: false }
const series = registry(() => undefined).series(VISITS, {})

function value(id: string, time = 0): HeldValue {
  return { id, series, buckets: false, value: 1, time, counted: () => undefined }
}

test('values are handed over in the order in which they came, each id once', () => {
  const held = new Held()
  for (const id of ['b', 'a', 'b', 'c']) assert.equal(held.hold(value(id)), true)
  assert.equal(held.size, 3)
  assert.deepEqual(
    held.take(2).map(({ id }) => id),
    ['b', 'a']
  )
  assert.equal(held.hold(value('b')), true)
  assert.deepEqual(
    held.take(9).map(({ id }) => id),
    ['c', 'b']
  )
  assert.equal(held.size, 0)
})

test('where there is no room a value is refused, but not one that is held already', () => {
  const held = new Held(2)
  assert.deepEqual(
    ['a', 'b', 'c', 'a'].map((id) => held.hold(value(id))),
    [true, true, false, true]
  )
})

test('an overflow names the label with the most values', () => {
  const said: string[] = []
  const some = registry((metric, widest) => said.push(`${metric} ${widest}`))
  for (let i = 0; i < 9; i++) some.series(VISITS, { plan: i % 2 === 0 ? 'pro' : 'team', user: `u${i}`, page: 'one' })
  assert.deepEqual(said, ['visits user'])
})

test('an overflow of what has no labels names none', () => {
  const said: string[] = []
  const some = registry((metric, widest) => said.push(`${metric} '${widest}'`), 1)
  some.series(VISITS, {})
  some.series({ ...VISITS, name: 'more' }, {})
  assert.deepEqual(said, ["more ''"])
})

test('a document of overflows that is none says nothing', () => {
  assert.equal(OVERFLOWS, 'overflows')
  for (const text of [undefined, '', 'null', '{', '{}']) assert.equal(readOverflows(text).size, 0)
  assert.deepEqual(readOverflows('{"a":{"label":"x","since":1,"seen":2}}').get('a'), { label: 'x', since: 1, seen: 2 })
})
