import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { installSystem, searchPath } from '../../scripts/system.ts'
import { Metrics } from '../../src/index.ts'
import { eventually, folder, freePort, start } from '../examples/world.ts'
import { complaint, lint, openMetricsComplaint } from './promtool.ts'

/** An app that has something of every kind; its address. */
async function everything(t: TestContext): Promise<string> {
  assert.equal(await installSystem(), undefined)
  const server = createServer((request, response) => void response.writeHead(request.url === '/b' ? 500 : 200).end('x'))
  const metrics = new Metrics(server, { storage: 'memory://', log: () => undefined, labels: { region: 'eu "1"\n\\' } })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.closeAllConnections()
    server.close()
    await metrics.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const path of ['/a', '/b', '/health', '/health/ready']) await (await fetch(origin + path)).text()
  business(metrics)
  models(metrics)
  metrics.check('a good one', () => true)
  metrics.check('a bad one', () => false, { impact: 'degraded' })
  metrics.check('one that warns', () => ({ status: 'warn', code: 'slow', value: 7, unit: 'ms' }), { impact: 'info' })
  await eventually(
    async () => (metrics.health.report().checks.every(({ status }) => status !== null) ? true : undefined),
    () => 'checks'
  )
  await metrics.flush()
  return origin
}

function business(metrics: Metrics): void {
  metrics.track('revenue', 49.9, { plan: 'pro', note: 'a "b"\n\\c' }, { id: 'evt_1' })
  metrics.counter('jobs_done').add(2, { queue: 'mail' })
  metrics.gauge('queue_depth').set(-3)
  metrics.histogram('job_seconds', { unit: 's' }).observe(0.8)
  for (const id of [1, 2, 3]) metrics.unique('active_users').add(id, { plan: 'pro' })
  metrics.error(new Error('the shelf is empty'))
}

function models(metrics: Metrics): void {
  const call = { provider: 'openai', model: 'gpt-4o', duration: 800, endpoint: '/a', tokens: { input: 10, output: 2 } }
  metrics.llm.record({ ...call, tokens: { input: 1000, cached: 100, output: 200, reasoning: 20 }, feature: 'a "b"\n' })
  metrics.llm.record({ ...call, model: 'nobody-knows-it' })
  metrics.llm.record({ ...call, outcome: 'aborted' })
  metrics.llm.record({ provider: 'openai', model: 'gpt-4o', outcome: 'error', status: 429 })
  metrics.cost('sms', 0.04, { to: 'de' })
}

const FAMILIES = [
  'http_requests_total',
  'revenue_sum',
  'active_users_24h',
  'queue_depth',
  'llm_calls_total',
  'llm_tokens_total',
  'llm_cost_usd_total',
  'llm_call_duration_seconds_count',
  'other_cost_usd_total',
  'health_check_status',
  'health_probe_requests_total',
]

test('everything at once is well-formed for the parsers of Prometheus, in both formats', async (t) => {
  const origin = await everything(t)
  const text = async (format: string): Promise<string> => (await fetch(`${origin}/metrics?format=${format}`)).text()
  const [classic, open] = [await text('prometheus'), await text('openmetrics')]
  for (const one of [classic, open]) {
    assert.deepEqual(
      FAMILIES.filter((name) => !new RegExp(`^${name}\\{`, 'm').test(one)),
      []
    )
  }
  assert.equal(complaint(classic), '')
  assert.deepEqual(lint(classic), [])
  assert.equal(openMetricsComplaint(open), '')
})

for (const [format, params] of [
  ['OpenMetrics, which it asks for', ''],
  ['its classic format', ', params: { format: [prometheus] }'],
] as const)
  test(`a Prometheus server takes everything at once in ${format}`, async (t) => {
    const origin = await everything(t)
    const own = folder(t)
    const file = join(own, 'prometheus.yml')
    const targets = `static_configs: [{ targets: ['${new URL(origin).host}'] }]`
    const job = `{ job_name: app${params}, ${targets} }`
    writeFileSync(file, `global: { scrape_interval: 1s }\nscrape_configs: [${job}]\n`)
    const port = await freePort()
    const options = [`--config.file=${file}`, `--storage.tsdb.path=${own}`, `--web.listen-address=127.0.0.1:${port}`]
    const { said } = start(t, 'prometheus', options, { cwd: own, env: { PATH: searchPath } })
    const ask = async (query: string): Promise<readonly (readonly [Record<string, string>, string])[]> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      return data.result.map(({ metric, value }) => [metric, value[1]])
    }
    await eventually(async () => ((await ask('llm_calls_total')).length > 0 ? true : undefined), said)
    const found = await Promise.all(FAMILIES.map(async (name) => [name, (await ask(name)).length > 0] as const))
    assert.deepEqual(
      found.filter(([, isThere]) => !isThere),
      []
    )
    assert.deepEqual(
      (await ask('sum by (status) (llm_calls_total)')).map(([metric, value]) => `${metric['status']} ${value}`).sort(),
      ['aborted 1', 'error 1', 'ok 2']
    )
    assert.equal((await ask('active_users_24h'))[0]?.[1], '3')
    assert.equal((await ask('health_check_status{check="a bad one"}'))[0]?.[1], '0')
  })
