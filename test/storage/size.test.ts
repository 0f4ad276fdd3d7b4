import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pack } from '../../src/core/box.ts'
import type { Event } from '../../src/core/event.ts'
import { hash } from '../../src/core/ids.ts'
import { Point } from '../../src/core/point.ts'
import { KEPT } from '../../src/core/tiers.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { minuteOf } from '../../src/core/window.ts'
import type { Box, StorageDriver } from '../../src/storage/driver.ts'
import { postgres } from '../../src/storage/postgres.ts'
import { redis } from '../../src/storage/redis.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { LocalStore } from '../../src/store.ts'
import { startPostgres } from '../servers/postgres.ts'
import { startRedis } from '../servers/redis.ts'
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

async function filled(
  t: TestContext,
  driver: StorageDriver,
  maxSize: number,
  rounds: number,
  look: (store: LocalStore) => unknown
) {
  const store = new LocalStore(driver, {
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
    await look(store)
  }
  return store
}

for (const maxSize of [1e6, 4e6]) {
  test(`file and log stay below 110 % of ${maxSize / 1e6} MB, however much is put`, async (t) => {
    const path = join(folder(t), 'metrics.db')
    let most = 0
    const store = await filled(t, sqlite(path, { maxSize }), maxSize, 300, () => (most = Math.max(most, bytesOf(path))))
    assert.ok(most <= maxSize * 1.1, `${most} bytes`)
    const { tiers } = await store.size()
    assert.ok((tiers?.['15m'] ?? 0) > 0, 'history stays')
    const ask = { route: 'events', params: [], url: '', accept: '', now: START + 300 * 20_000, facts: {} }
    const { body } = await store.answer(ask)
    const { warning } = JSON.parse(new TextDecoder().decode(body)) as { warning: string | null }
    assert.match(warning ?? '', /deleted, oldest first, to keep the store within its size/)
  })
}

test('on a disk that is nearly full points are kept and single events are not, and it says so', async (t) => {
  const { path } = disk(t, '40m')
  const store = await filled(t, sqlite(join(path, 'metrics.db'), { maxSize: 256e6 }), 256e6, 6, () => undefined)
  const standing = store.standing()
  assert.match(standing.problem ?? '', /disk is nearly full/)
  assert.equal(standing.refused, 6 * 250)
  const size = await store.size()
  assert.equal(size.events, 0)
  assert.ok((size.tiers?.['open'] ?? 0) > 0)
})

/** A server, a driver for it, and the bytes that it says it takes for us. */
interface Served {
  readonly driver: StorageDriver
  readonly end: () => Promise<void>
  readonly taken: () => number
}

const servers: Readonly<Record<string, () => Promise<Served>>> = {
  Redis: async () => {
    const server = await startRedis()
    const used = (): number => Number(/used_memory:(\d+)/.exec(server.cli('info', 'memory'))?.[1])
    const before = used()
    return { driver: redis(server.url), end: () => server.end(), taken: () => used() - before }
  },
  PostgreSQL: async () => {
    const server = await startPostgres()
    // What is set free is used again, as autovacuum has it now and then.
    const used = (): number => {
      server.sql('vacuum')
      return Number(
        server.sql(
          'select sum(pg_total_relation_size(oid)) from pg_class where relname in (select relname from pg_stat_user_tables)'
        )
      )
    }
    return { driver: postgres(server.url), end: () => server.end(), taken: used }
  },
}
for (const [name, serve] of Object.entries(servers)) {
  test(`${name}: a store keeps within its size by its own measure, gives detail up first and says so`, async (t) => {
    const { driver, end, taken } = await serve()
    t.after(end)
    const maxSize = 3e6
    let [most, round, grown] = [0, 0, 0]
    const store = await filled(t, driver, maxSize, 300, async (one) => {
      if (round++ % 10 !== 9) return
      most = Math.max(most, (await one.size()).bytes)
      if (round === 150) grown = taken()
    })
    assert.ok(most <= maxSize * 1.1, `${most} bytes`)
    assert.ok(most >= maxSize * 0.8, `${most} bytes`)
    // What the server takes follows, and does not go on growing.
    assert.ok(taken() < grown * 1.3 + 1e6, `${grown} bytes half way, ${taken()} at the end`)
    const { tiers } = await store.size()
    assert.ok((tiers?.['15m'] ?? 0) > 0, 'history stays')
    const ask = { route: 'events', params: [], url: '', accept: '', now: START + 300 * 20_000, facts: {} }
    const { body } = await store.answer(ask)
    const { warning } = JSON.parse(new TextDecoder().decode(body)) as { warning: string | null }
    assert.match(warning ?? '', /deleted, oldest first, to keep the store within its size/)
  })

  test(`${name}: what is older than it is kept goes, tier by tier, and nothing younger`, async (t) => {
    const { driver, end } = await serve()
    t.after(end)
    const kept = { '1m': 2 * HOUR, '15m': 6 * HOUR, '1h': DAY, '1d': 3 * DAY }
    const store = new LocalStore(driver, { writer: 'w', timezone: 'UTC', kept, events: HOUR, maxSize: 256e6 })
    t.after(() => store.close())
    for (let now = START; now < START + 2 * DAY; now += 20 * MINUTE) {
      await store.put({
        boxes: [box(now, 1)],
        names: [],
        events: events(1 + (now - START) / 100, now).slice(0, 1),
        time: now,
      })
      await store.maintain(now)
    }
    const end2 = START + 2 * DAY
    for (const tier of ['1m', '15m', '1h', '1d'] as const) {
      const starts: number[] = []
      for await (const { start } of driver.boxes({ tier, which: 'sealed', from: 0, to: end2, detail: false }))
        starts.push(start)
      const age = end2 - starts[0]!
      assert.ok(age <= kept[tier] + DAY * Number(tier === '15m' || tier === '1h') + HOUR, `${tier} ${age / HOUR} h`)
      assert.ok(age > Math.min(kept[tier], 2 * DAY) - HOUR, `${tier} ${age / HOUR} h`)
    }
    assert.ok((await store.size()).events <= 4)
  })
}
