import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Uniques } from '../../src/collectors/unique.ts'
import { ByteWriter } from '../../src/core/bytes.ts'
import { Registry } from '../../src/core/registry.ts'
import type { Series } from '../../src/core/series.ts'
import { MINUTE } from '../../src/core/time.ts'
import { Guard } from '../../src/guard.ts'

const START = Date.UTC(2026, 10, 22, 10, 30)
const SECRET = 'a secret of the store'

function desk(): {
  uniques: Uniques
  registry: Registry
  series: Series
  lines: string[]
  drops: Map<string, number>
  clock: { now(): number; monotonic(): number; at: number }
} {
  const clock = { at: START, now: () => clock.at, monotonic: () => clock.at }
  const lines: string[] = []
  const drops = new Map<string, number>()
  const registry = new Registry({
    writer: 'w',
    labels: {},
    maxSeries: 10,
    maxSeriesPerMetric: 10,
    overflow: '__overflow__',
    overflowed: () => undefined,
  })
  const series = registry.series({ name: 'users', kind: 'unique', unit: 'count', buckets: false }, {})
  const uniques = new Uniques({ clock, guard: new Guard(clock, (line) => lines.push(line)), drops })
  return { uniques, registry, series, lines, drops, clock }
}

/** By minute: how many ids, how many different ones, and the packed sketch. */
function seen(registry: Registry): [number, number, number, string][] {
  return registry.windows.flatMap((window) =>
    window.filled.map(({ point }): [number, number, number, string] => {
      const out = new ByteWriter()
      point.sketch?.writeTo(out)
      const text = Buffer.from(out.take()).toString('hex')
      return [(window.start - START) / MINUTE, point.count, point.sketch?.estimate ?? 0, text]
    })
  )
}

test('numbers, big ones and texts are ids; the same one in another type is the same', async () => {
  const { uniques, registry, series, lines } = desk()
  await uniques.learn(SECRET)
  for (const id of ['7', 7, 7n, 0, -0, '0', 'ann@example.com', 12345678901234567890n]) {
    uniques.add('users', uniques.check('users', id)!, series)
  }
  assert.deepEqual(seen(registry)[0]!.slice(0, 3), [0, 8, 4])
  assert.deepEqual(lines, [])
})

test('what is no id is counted as dropped and said once for a metric, without the value', async () => {
  const { uniques, drops, lines } = desk()
  const wrong = ['', NaN, Infinity, null, undefined, {}, [1], true, Symbol('x'), () => 1, 'x'.repeat(70_000)]
  for (const id of wrong) assert.equal(uniques.check('users', id), undefined)
  assert.equal(uniques.check('devices', { email: 'ann@example.com' }), undefined)
  assert.equal(drops.get('bad_id'), wrong.length + 1)
  assert.equal(lines.length, 2)
  assert.match(lines[0]!, /not recorded: 'users' was given '' as an id \(.*unique\.test/)
  assert.match(lines[1]!, /'devices' was given an object as an id/)
  assert.ok(lines.every((line) => !line.includes('ann@')))
})

test('ids that come before the secret wait, and are counted in the minute in which they came', async () => {
  const late = desk()
  const early = desk()
  await early.uniques.learn(SECRET)
  for (const { uniques, series, clock } of [late, early]) {
    for (let id = 0; id < 500; id++) uniques.add('users', String(id % 50), series)
    clock.at += MINUTE
    for (let id = 0; id < 500; id++) uniques.add('users', String(id % 60), series)
  }
  assert.deepEqual(seen(late.registry), [])
  assert.deepEqual([late.uniques.waiting, late.uniques.used, late.uniques.secret], [1000, true, undefined])
  await late.uniques.learn(SECRET)
  assert.equal(late.uniques.waiting, 0)
  assert.deepEqual(seen(late.registry), seen(early.registry))
  assert.deepEqual(
    seen(early.registry).map((each) => each.slice(0, 3)),
    [
      [0, 500, 50],
      [1, 500, 60],
    ]
  )
})

test('so many ids wait and no more: the rest is counted as dropped, and said once', async () => {
  const { uniques, registry, series, drops, lines } = desk()
  for (let id = 0; id < 12_000; id++) uniques.add('users', String(id), series)
  assert.deepEqual([uniques.waiting, drops.get('held')], [10_000, 2_000])
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /10000 ids wait for the store/)
  await uniques.learn(SECRET)
  uniques.add('users', 'one more', series)
  const [[, count, estimate] = assert.fail()] = seen(registry)
  assert.equal(count, 10_001)
  assert.ok(Math.abs(estimate / 10_001 - 1) < 0.02)
})

test('what has waited for long is counted as if it had waited for minutes', async () => {
  const { uniques, registry, series, clock } = desk()
  uniques.add('users', 'ann', series)
  clock.at += 30 * MINUTE
  series.observeId(1, 1, clock.at)
  await uniques.learn(SECRET)
  assert.equal(registry.writer, 'w')
  assert.deepEqual(
    seen(registry).map((each) => each.slice(0, 3)),
    [[30, 2, 2]]
  )
})

test('long ids wait in bounded memory, too', async () => {
  const { uniques, series, drops } = desk()
  for (let id = 0; id < 40; id++) uniques.add('users', String(id).padStart(60_000, 'x'), series)
  assert.deepEqual([uniques.waiting, drops.get('held')], [16, 24])
})

test('an id is kept only as a part of its hash with the secret and the metric', async () => {
  const { uniques, registry, series } = desk()
  await uniques.learn(SECRET)
  uniques.add('users', 'ann@example.com', series)
  const [[, , , packed] = assert.fail()] = seen(registry)
  const digest = createHash('sha256').update(`${SECRET}\nusers\nann@example.com`).digest()
  // One key: a count of it plus one, then the first 25 bits of the hash as a varint.
  const key = digest.readUInt32BE(0) >>> 7
  const out = new ByteWriter()
  out.varint(2)
  out.varint(key)
  assert.equal(packed, Buffer.from(out.take()).toString('hex'))
})

test('with another secret, and for another metric, the same id is another', async () => {
  const { uniques, registry, series } = desk()
  await uniques.learn(SECRET)
  uniques.add('users', 'ann', series)
  uniques.add('admins', 'ann', series)
  assert.equal(seen(registry)[0]![2], 2)
  await uniques.learn(SECRET)
  uniques.add('users', 'ann', series)
  assert.equal(seen(registry)[0]![2], 2)
  await uniques.learn('another')
  uniques.add('users', 'ann', series)
  assert.equal(seen(registry)[0]![2], 3)
})
