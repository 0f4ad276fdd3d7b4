import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pack } from '../../src/core/box.ts'
import type { Event } from '../../src/core/event.ts'
import { hash } from '../../src/core/ids.ts'
import { Point } from '../../src/core/point.ts'
import { KEPT } from '../../src/core/tiers.ts'
import { DAY, MINUTE } from '../../src/core/time.ts'
import { minuteOf } from '../../src/core/window.ts'
import type { Box } from '../../src/storage/driver.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { LocalStore } from '../../src/store.ts'
import { disk, folder } from './place.ts'

const START = Date.UTC(2026, 10, 20)

function box(now: number, series: number): Box {
  const start = Math.floor(now / MINUTE) * MINUTE
  const entries = Array.from({ length: series }, (_, k) => {
    const point = new Point(true)
    for (let value = 1; value < 20; value++) point.observe(value * 1.37 * (k + 1), start)
    return { metric: hash('m'), labels: hash(`l${k}`), point }
  })
  return { tier: '1m', start, writer: 'w', ...pack(minuteOf('w', 'h', start, true), entries) }
}

function events(first: number, time: number): Event[] {
  return Array.from({ length: 250 }, (_, i) => ({
    writer: 'w',
    number: first + i,
    kind: 'track',
    time,
    name: 'n',
    value: 1,
    weight: 1,
    labels: { a: 'x'.repeat(100) },
    fields: { note: 'y'.repeat(200) },
  }))
}

function bytesOf(path: string): number {
  return ['', '-wal'].reduce((sum, end) => sum + (statSync(path + end, { throwIfNoEntry: false })?.size ?? 0), 0)
}

async function filled(t: TestContext, path: string, maxSize: number, rounds: number, look: () => void) {
  const store = new LocalStore(sqlite(path, { maxSize }), {
    writer: 'w',
    timezone: 'UTC',
    kept: KEPT,
    events: DAY,
    maxSize,
  })
  t.after(() => store.close())
  await store.open()
  for (let round = 0; round < rounds; round++) {
    const now = START + round * 20_000
    await store.put({ boxes: [box(now, 40)], names: [], events: events(round * 250 + 1, now), time: now })
    if (round % 2 === 0) await store.maintain(now)
    look()
  }
  return store
}

for (const maxSize of [1e6, 4e6]) {
  test(`file and log stay below 110 % of ${maxSize / 1e6} MB, however much is put`, async (t) => {
    const path = join(folder(t), 'metrics.db')
    let most = 0
    const store = await filled(t, path, maxSize, 500, () => (most = Math.max(most, bytesOf(path))))
    assert.ok(most <= maxSize * 1.1, `${most} bytes`)
    const { tiers } = await store.size()
    assert.ok((tiers?.['15m'] ?? 0) > 0, 'history stays')
    const ask = { route: 'events', params: [], url: '', accept: '', now: START + 500 * 20_000, facts: {} }
    const { body } = await store.answer(ask)
    const { warning } = JSON.parse(new TextDecoder().decode(body)) as { warning: string | null }
    assert.match(warning ?? '', /deleted, oldest first, to keep the store within its size/)
  })
}

test('on a disk that is nearly full points are kept and single events are not, and it says so', async (t) => {
  const { path } = disk(t, '40m')
  const store = await filled(t, join(path, 'metrics.db'), 256e6, 6, () => undefined)
  const standing = store.standing()
  assert.match(standing.problem ?? '', /disk is nearly full/)
  assert.equal(standing.refused, 6 * 250)
  const size = await store.size()
  assert.equal(size.events, 0)
  assert.ok((size.tiers?.['open'] ?? 0) > 0)
})
