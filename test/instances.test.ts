import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { MetricsError } from '../src/errors.ts'
import { Metrics } from '../src/index.ts'

interface Instance {
  readonly metrics: Metrics
  readonly url: string
}

async function instance(t: TestContext, storage: string, name: string): Promise<Instance> {
  const server: Server = createServer((request, response) => {
    response.statusCode = request.url === '/bad' ? 500 : 200
    response.end('ok')
  })
  const metrics = new Metrics(server, {
    storage,
    instance: name,
    log: () => undefined,
    route: (request) => request.url ?? '',
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.closeAllConnections()
    server.close()
    await metrics.close()
  })
  return { metrics, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function pair(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const storage = `sqlite://${join(folder, 'metrics.db')}`
  const [one, two] = [await instance(t, storage, 'web-1'), await instance(t, storage, 'web-2')]
  const visit = async ({ url }: Instance, path: string, times: number) => {
    for (let i = 0; i < times; i++) await (await fetch(url + path)).text()
  }
  await visit(one, '/a', 3)
  await visit(one, '/b', 2)
  await visit(two, '/a', 4)
  await visit(two, '/bad', 1)
  await one.metrics.flush()
  await two.metrics.flush()
  return one.metrics
}

test('requests, errors and latency can be asked by instance, and both ways come to the same', async (t) => {
  const metrics = await pair(t)
  const by = async (metric: string, groupBy: string[], where: Record<string, string> = {}, agg = '') => {
    const { rows } = await metrics.query({
      metric,
      from: '1h',
      groupBy,
      where,
      order: 'label',
      ...(agg ? { agg } : {}),
    })
    return rows.map((row) => [row['instance'], row['status_class'] ?? null, row['value']])
  }
  assert.deepEqual(await by('http_requests', ['instance']), [
    ['web-1', null, 5],
    ['web-2', null, 5],
  ])
  assert.deepEqual(await by('http_requests', ['instance', 'status_class']), [
    ['web-1', '2xx', 5],
    ['web-2', '2xx', 4],
    ['web-2', '5xx', 1],
  ])
  assert.deepEqual(await by('http_error_rate', ['instance']), [
    ['web-1', null, 0],
    ['web-2', null, 20],
  ])
  assert.deepEqual(await by('http_errors', [], { instance: 'web-2' }), [['web-2', null, 1]])
  assert.deepEqual(await by('http_latency_ms', ['instance'], {}, 'count'), [
    ['web-1', null, 5],
    ['web-2', null, 5],
  ])
  const { rows } = await metrics.query({ metric: 'http_requests', from: '1h' })
  assert.equal(rows[0]?.['value'], 10)
})

test('by endpoint and instance they would be too many: the answer says what to leave out', async (t) => {
  const metrics = await pair(t)
  const asked = metrics.query({ metric: 'http_requests', from: '1h', groupBy: ['instance', 'endpoint'] })
  await assert.rejects(asked, (error: unknown) => {
    assert.ok(error instanceof MetricsError)
    assert.equal(error.code, 'bad_group_by')
    assert.match(error.message, /whole instances only/)
    return true
  })
  const odd = await metrics
    .query({ metric: 'http_requests', from: '1h', groupBy: 'instance', where: { nothing: 'x' } })
    .catch((error: unknown) => error)
  assert.ok(odd instanceof MetricsError)
})

test('what stands in for them is in no list', async (t) => {
  const metrics = await pair(t)
  for (const path of ['metrics', '', '?format=prometheus', 'labels']) {
    const request = new Request(`http://localhost/metrics/${path}`)
    const text = await (await metrics.fetch(request, { address: '127.0.0.1' })).text()
    assert.doesNotMatch(text, /http_instance/, path)
  }
})

test('a metric that another process is the first to record is in the snapshot of one that was asked before', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const storage = `sqlite://${join(folder, 'metrics.db')}`
  const [asked, records] = [await instance(t, storage, 'web-1'), await instance(t, storage, 'web-2')]
  const listed = async (): Promise<readonly string[]> => {
    const { data } = (await (await fetch(`${asked.url}/metrics`)).json()) as { data: { metric: string }[] }
    return data.map(({ metric }) => metric)
  }
  records.metrics.track('sign_ups', 1)
  await records.metrics.flush()
  assert.deepEqual(await listed(), ['sign_ups'])
  records.metrics.track('orders', 1)
  await records.metrics.flush()
  const until = performance.now() + 10_000
  let found = await listed()
  while (!found.includes('orders') && performance.now() < until) {
    await pause(100)
    found = await listed()
  }
  assert.deepEqual(found, ['orders', 'sign_ups'])
})

test('what another process has just recorded is found by its name, also by one that was asked in vain a moment ago', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const storage = `sqlite://${join(folder, 'metrics.db')}`
  const [asked, records] = [await instance(t, storage, 'web-1'), await instance(t, storage, 'web-2')]
  for (const metric of ['sales', 'refunds', 'visits']) {
    assert.equal((await asked.metrics.query({ metric })).total, null)
    records.metrics.track(metric, 7)
    await records.metrics.flush()
    assert.equal((await asked.metrics.query({ metric })).total, 7, metric)
  }
})
