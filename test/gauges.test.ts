import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Levels } from '../src/collectors/levels.ts'
import type { Series } from '../src/core/series.ts'
import { Metrics } from '../src/index.ts'

function pair(t: TestContext): readonly [Metrics, Metrics] {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  const storage = `sqlite://${join(folder, 'metrics.db')}`
  const make = (instance: string) => new Metrics({ storage, instance, log: () => undefined })
  const both = [make('web-1'), make('web-2')] as const
  t.after(async () => {
    for (const one of both) await one.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return both
}

async function scraped(metrics: Metrics): Promise<string> {
  const request = new Request('http://localhost/metrics?format=prometheus')
  return (await metrics.fetch(request, { address: '127.0.0.1' })).text()
}

test('gauges of two processes add up, in answers and for Prometheus; one that is shared does not', async (t) => {
  const [one, two] = pair(t)
  one.gauge('pool').set(5)
  two.gauge('pool').set(7)
  one.gauge('jobs', () => 1, { unit: 'jobs' })
  two.gauge('jobs', () => 2)
  one.gauge('backlog', { shared: true }).set(40)
  two.gauge('backlog', { shared: true }).set(40)
  await one.flush()
  await two.flush()
  const last = async (metric: string, groupBy: string = '') =>
    (await one.query({ metric, from: '10m', agg: 'last', ...(groupBy === '' ? {} : { groupBy, order: 'label' }) })).rows
  assert.equal((await last('pool'))[0]?.['value'], 12)
  assert.deepEqual(
    (await last('pool', 'instance')).map((row) => [row['instance'], row['value']]),
    [
      ['web-1', 5],
      ['web-2', 7],
    ]
  )
  assert.equal((await last('jobs'))[0]?.['value'], 3)
  assert.equal((await last('backlog'))[0]?.['value'], 40)
  const text = await scraped(two)
  assert.match(text, /^pool 12$/m)
  assert.match(text, /^backlog 40$/m)
  assert.match(text, /^http_requests_active 0$/m)
})

test('a gauge keeps its value until it is set again', () => {
  const observed: [number, number][] = []
  const series = { observe: (value: number, at: number) => observed.push([value, at]) } as unknown as Series
  const levels = new Levels()
  levels.set(series, 3)
  levels.hold(10)
  levels.hold(20)
  levels.set(series, 4)
  levels.hold(30)
  levels.hold(40)
  assert.deepEqual(observed, [
    [3, 20],
    [4, 40],
  ])
})

test('the snapshot counts the processes that are alive, with requests in flight of all, and the gauge of all', async (t) => {
  const [one, two] = pair(t)
  one.gauge('pool').set(5)
  two.gauge('pool').set(7)
  await two.flush()
  const request = new Request('http://localhost/metrics')
  const answer = (await (await one.fetch(request, { address: '127.0.0.1' })).json()) as {
    active_requests: number
    instances: number
    data: { metric: string; last_value: number }[]
  }
  assert.equal(answer.active_requests, 0)
  assert.equal(answer.instances, 2)
  assert.equal(answer.data.find(({ metric }) => metric === 'pool')?.last_value, 12)
})
