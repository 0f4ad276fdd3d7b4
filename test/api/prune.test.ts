import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../src/core/event.ts'
import { KEPT } from '../../src/core/tiers.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { memory } from '../../src/storage/memory.ts'
import { LocalStore } from '../../src/store.ts'
import { Metrics } from '../../src/index.ts'
import { apiWith, asking, fromAfar, jsonOf } from './asked.ts'

const NOW = Date.UTC(2026, 10, 22, 10, 30)
const OPTIONS = { writer: 'w', timezone: 'UTC', kept: KEPT, events: DAY, maxSize: 256e6 }
const KEYS = [
  { name: 'root', key: 'a'.repeat(24), scope: 'admin' },
  { name: 'reader', key: 'r'.repeat(24), scope: 'read' },
] as const

function event(number: number, time: number): Event {
  return { writer: 'w', number, kind: 'track', time, name: 'n', value: 1, weight: 1, labels: {}, fields: {} }
}

async function store() {
  const driver = memory()
  const local = new LocalStore(driver, OPTIONS)
  const box = (tier: '1m' | '1h', start: number) => ({
    tier,
    start,
    writer: '*',
    numbers: new Uint8Array([1]),
    detail: new Uint8Array(0),
  })
  await local.put({
    boxes: [box('1m', NOW - 3 * HOUR), box('1m', NOW - MINUTE), box('1h', NOW - 30 * DAY)],
    names: [],
    events: [event(1, NOW - 5 * HOUR), event(2, NOW - MINUTE)],
    time: NOW,
  })
  for (const tier of ['15m', '1h', '1d']) await driver.swap(`sealed:${tier}`, undefined, String(NOW - HOUR))
  return { local, driver }
}

async function pruned(local: LocalStore, query: string) {
  const params = [...new URLSearchParams(query)]
  const ask = { route: 'prune', params, url: '', accept: '', now: NOW, facts: {} }
  const { status, body } = await local.answer(ask)
  const answer = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>
  return { status, answer, rows: (answer['data'] ?? []) as Record<string, unknown>[] }
}

test('a dry run counts and deletes nothing; the run after it deletes just that', async () => {
  const { local } = await store()
  const dry = await pruned(local, 'older_than=2h&dry_run=1')
  const counts = dry.rows.map((row) => [row['what'], row['would_delete'], row['deleted']])
  assert.deepEqual(counts, [
    ['events', 1, 0],
    ['1m', 1, 0],
    ['15m', 0, 0],
    ['1h', 1, 0],
    ['1d', 0, 0],
  ])
  assert.equal((await local.size()).events, 2)
  const real = await pruned(local, 'older_than=2h')
  assert.deepEqual(
    real.rows.map((row) => row['deleted']),
    [1, 1, 0, 1, 0]
  )
  assert.equal(real.answer['dry_run'], false)
  assert.equal((await local.size()).events, 1)
  const again = await pruned(local, 'older_than=2h')
  assert.deepEqual(
    again.rows.map((row) => row['deleted']),
    [0, 0, 0, 0, 0]
  )
})

test('without an age everything goes by the age that it is kept for; `what` chooses', async () => {
  const { local } = await store()
  assert.deepEqual(
    (await pruned(local, 'dry_run=1')).rows.map((row) => row['would_delete']),
    [0, 0, 0, 0, 0]
  )
  const one = await pruned(local, 'what=1h&older_than=7d')
  assert.deepEqual(
    one.rows.map((row) => [row['what'], row['deleted']]),
    [['1h', 1]]
  )
})

test('what coarser tiers are still to be made of stays, whatever is asked', async () => {
  const { local, driver } = await store()
  await driver.swap('sealed:15m', String(NOW - HOUR), String(NOW - 4 * HOUR))
  const { rows } = await pruned(local, 'what=1m&older_than=1s')
  assert.equal(rows[0]?.['deleted'], 0)
  assert.equal(rows[0]?.['before'], new Date(NOW - 4 * HOUR).toISOString())
})

test('bad parameters are named, and nothing is deleted', async () => {
  const { local } = await store()
  for (const [query = '', parameter] of [
    ['older_than=soon', 'older_than'],
    ['older_than=0s', 'older_than'],
    ['what=everything', 'what'],
    ['dry_run=maybe', 'dry_run'],
    ['before=2020', 'before'],
  ]) {
    const { status, answer } = await pruned(local, query)
    assert.equal(status, 400, query)
    assert.equal(answer['parameter'], parameter)
  }
  assert.equal((await local.size()).events, 2)
})

test('it takes POST and the scope admin', async () => {
  const { api, asks } = apiWith({ access: { production: true, keys: KEYS } })
  const call = async (method: string, key: string) => {
    const request = { ...fromAfar('/metrics/prune?dry_run=1', { authorization: `Bearer ${key}` }), method }
    return api.respond(request)
  }
  assert.equal((await call('POST', 'nobody')).status, 401)
  assert.equal((await call('POST', 'r'.repeat(24))).status, 403)
  const wrong = await call('GET', 'a'.repeat(24))
  assert.equal(wrong.status, 405)
  assert.equal(wrong.headers['allow'], 'POST, OPTIONS')
  assert.equal(asks.length, 0)
  assert.equal((await call('POST', 'a'.repeat(24))).status, 200)
  assert.equal(asks[0]?.route, 'prune')
})

test('a page of another origin cannot make a browser on this machine delete', async () => {
  const { api, asks } = apiWith()
  const post = (headers: Record<string, string>) =>
    api.respond(asking('/metrics/prune', { method: 'POST', headers: { host: 'localhost:3000', ...headers } }))
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    const response = await post(headers)
    assert.equal(response.status, 403, JSON.stringify(headers))
    assert.equal((await jsonOf(response))['error'], 'forbidden')
  }
  assert.equal(asks.length, 0)
  assert.equal((await post({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' })).status, 200)
})

test('over the whole library: what is deleted is gone from answers, and they say so', async () => {
  const metrics = new Metrics({ storage: 'memory://', log: () => undefined })
  metrics.track('signups', 3)
  await metrics.flush()
  const request = (path: string, method: string = 'GET') =>
    metrics.fetch(new Request(`http://localhost/metrics/${path}`, { method }), { address: '127.0.0.1' })
  const before = (await (await request('events?kind=track')).json()) as { data: unknown[] }
  assert.equal(before.data.length, 1)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const response = await request('prune?what=events&older_than=1ms', 'POST')
  assert.equal(response.status, 200)
  const after = (await (await request('events?kind=track')).json()) as { data: unknown[]; warning: string }
  assert.equal(after.data.length, 0)
  assert.match(after.warning, /deleted/)
  await metrics.close()
})
