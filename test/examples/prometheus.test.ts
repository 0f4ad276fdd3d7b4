import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { installSystem, searchPath } from '../../scripts/system.ts'
import { built, eventually, folder, freePort, root, start, startExample } from './world.ts'

before(built)

interface Instant {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
  }
}

test('a Prometheus server scrapes the example with its key and answers for it', async (t) => {
  assert.equal(await installSystem(), undefined)
  const key = 'a-long-random-string'
  const origin = await startExample(t, 'express', { NODE_ENV: 'production', METRICS_KEY: key })
  assert.equal((await fetch(`${origin}/metrics`)).status, 401)
  for (let id = 0; id < 5; id++) await fetch(`${origin}/users/${id}`)

  const home = folder(t)
  const file = join(home, 'prometheus.yml')
  const example = readFileSync(join(root, 'examples', 'prometheus', 'prometheus.yml'), 'utf8')
  writeFileSync(file, example.replace('15s', '1s').replace("'localhost:3000'", `'${new URL(origin).host}'`))
  const port = await freePort()
  const prometheus = start(
    t,
    'prometheus',
    [`--config.file=${file}`, `--storage.tsdb.path=${join(home, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
    { cwd: home, env: { PATH: searchPath } }
  )

  const ask = async (query: string): Promise<Instant['data']['result'] | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { data } = (await answer.json()) as Instant
    return data.result.length > 0 ? data.result : undefined
  }
  const [requests] = await eventually(
    () => ask('http_requests_total{endpoint="/users/:id"}'),
    () => prometheus.said()
  )
  assert.equal(requests!.value[1], '5')
  assert.equal(requests!.metric['method'], 'GET')
  assert.equal(requests!.metric['status'], '200')
  assert.equal((await ask('up'))?.[0]?.value[1], '1')
  assert.equal((await ask('http_request_duration_seconds_count'))?.length, 1)
})
