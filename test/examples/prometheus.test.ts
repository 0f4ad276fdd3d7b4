import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { installSystem, searchPath } from '../../scripts/system.ts'
import { built, eventually, folder, freePort, root, start, startExample } from './world.ts'

before(built)

interface Instant {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
  }
}

type Ask = (query: string) => Promise<Instant['data']['result'] | undefined>

/** Starts a Prometheus server that scrapes `origin` each second, by the example's configuration as `change` leaves it. */
async function scraping(
  t: TestContext,
  origin: string,
  change: (example: string) => string
): Promise<[Ask, () => string]> {
  const home = folder(t)
  const file = join(home, 'prometheus.yml')
  const example = readFileSync(join(root, 'examples', 'prometheus', 'prometheus.yml'), 'utf8')
  const own = example.replace('15s', '1s').replace("'localhost:3000'", `'${new URL(origin).host}'`)
  writeFileSync(file, change(own))
  const port = await freePort()
  const prometheus = start(
    t,
    'prometheus',
    [`--config.file=${file}`, `--storage.tsdb.path=${join(home, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
    { cwd: home, env: { PATH: searchPath } }
  )
  const ask: Ask = async (query) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { data } = (await answer.json()) as Instant
    return data.result.length > 0 ? data.result : undefined
  }
  return [ask, prometheus.said]
}

test('a Prometheus server scrapes the example with its key and answers for it', async (t) => {
  assert.equal(await installSystem(), undefined)
  const key = 'a-long-random-string'
  const origin = await startExample(t, 'express', { NODE_ENV: 'production', METRICS_KEY: key })
  assert.equal((await fetch(`${origin}/metrics`)).status, 401)
  for (let id = 0; id < 5; id++) await fetch(`${origin}/users/${id}`)
  const [ask, said] = await scraping(t, origin, (example) => example)
  const [requests] = await eventually(() => ask('http_requests_total{endpoint="/users/:id"}'), said)
  assert.equal(requests!.value[1], '5')
  assert.equal(requests!.metric['method'], 'GET')
  assert.equal(requests!.metric['status'], '200')
  assert.equal((await ask('up'))?.[0]?.value[1], '1')
  assert.equal((await ask('http_request_duration_seconds_count'))?.length, 1)
})

test('a Prometheus server scrapes the demo under its own traffic: counters grow and never fall', async (t) => {
  assert.equal(await installSystem(), undefined)
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const demo = start(t, process.execPath, [join(root, 'demo', 'start.ts')], {
    cwd: root,
    env: { ...process.env, DEMO_FILE: join(folder(t), 'demo.db'), PORT: String(port) },
  })
  await eventually(async () => ((await fetch(`${origin}/metrics`)).ok ? true : undefined), demo.said)
  const [ask, said] = await scraping(t, origin, (example) => example)
  const total = async (): Promise<number> => Number((await ask('sum(http_requests_total)'))?.[0]?.value[1] ?? 0)
  await eventually(async () => ((await total()) > 20 ? true : undefined), said)
  await eventually(
    async () => (((await ask('sum(http_requests_total)[30s:1s]'))?.length ?? 0) > 0 ? true : undefined),
    said
  )
  assert.equal((await ask('sum(resets(http_requests_total[1m]))'))?.[0]?.value[1], '0')
  assert.equal((await ask('up'))?.[0]?.value[1], '1')
})
