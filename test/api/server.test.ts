import assert from 'node:assert/strict'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { Metrics } from '../../src/index.ts'
import { complaint } from '../exporters/promtool.ts'

interface Shop {
  readonly metrics: Metrics
  readonly url: string
  readonly lines: string[]
  close(): Promise<void>
}

/** A real server with the library on it, in memory. */
async function shop(options: ConstructorParameters<typeof Metrics>[1] = {}): Promise<Shop> {
  const lines: string[] = []
  const server: Server = createServer((request, response) => {
    response.statusCode = request.url?.startsWith('/reset') === true ? 200 : 404
    response.end('app')
  })
  const metrics = new Metrics(server, { storage: 'memory://', log: (line) => void lines.push(line), ...options })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    await metrics.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { metrics, url, lines, close }
}

async function everything({ url }: Shop): Promise<string> {
  const paths = [
    '',
    '/endpoints',
    '/requests',
    '/errors',
    '/events',
    '/metrics',
    '/labels',
    '/export?format=csv',
    '/export?format=prometheus',
  ]
  const texts = paths.map(async (path) => (await fetch(`${url}/metrics${path}`)).text())
  return (await Promise.all(texts)).join('\n')
}

test('S14 what stands behind the question mark is nowhere afterwards', async () => {
  const one = await shop()
  try {
    await (await fetch(`${one.url}/reset?token=SECRET`)).text()
    await (await fetch(`${one.url}/reset?email=SECRET#SECRET`)).text()
    await (await fetch(`${one.url}/metrics/query?metric=http_requests&token=SECRET`)).text()
    const all = await everything(one)
    assert.match(all, /http_requests_total/)
    assert.doesNotMatch(all + one.lines.join('\n'), /SECRET/)
  } finally {
    await one.close()
  }
})

interface Row {
  readonly user: string
  readonly value: number
}

test('S10 values beyond the limit go to the overflow series, the sum stays exact, one line says so', async () => {
  const one = await shop({ maxSeriesPerMetric: 50 })
  try {
    for (let i = 0; i < 1_000; i++) one.metrics.track('clicks', 1, { user: `u${i}` })
    const asked = async (from: string): Promise<{ total: number; warning: string; data: Row[] }> =>
      (await fetch(`${one.url}/metrics/query?metric=clicks&group_by=user&limit=1000&from=${from}`)).json() as never
    const older = await asked('7d')
    assert.equal(older.total, 1_000)
    assert.equal(older.data.find(({ user }) => user === '__overflow__')?.value, 950)
    const today = await asked('1h')
    assert.deepEqual([today.total, today.data.length], [1_000, 1_000], 'single events know every user')
    assert.match(today.warning, /event/)
    assert.equal(one.lines.filter((line) => line.includes('clicks')).length, 1)
  } finally {
    await one.close()
  }
})

test('S11 S12 S13 what cannot be recorded is dropped and said, secrets are not kept, sums stay numbers', async () => {
  const one = await shop()
  try {
    for (const name of ['a b', '"quoted"', '\u{1F4B0}', 'x'.repeat(10_000), '', '1st']) one.metrics.track(name, 1)
    for (const value of [NaN, Infinity, -Infinity, '5', null, 1e308]) one.metrics.track('sums', value as number)
    one.metrics.track('sums', -0)
    one.metrics.track('sums', 2.5)
    const secrets = [
      'jo@example.com',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P',
      'sk-proj-abcdefghijklmnopqrstuvwxyz123456',
      '4111 1111 1111 1111',
    ]
    for (const secret of secrets) one.metrics.track('mails', 1, { to: secret })
    const sums = (await (await fetch(`${one.url}/metrics/query?metric=sums&agg=sum,count`)).json()) as {
      data: object[]
    }
    assert.deepEqual(
      sums.data.map((row) => ({ ...row })),
      [{ id: 'sums:total', metric: 'sums', value: 2.5, sum: 2.5, count: 2 }]
    )
    const all = await everything(one)
    for (const secret of secrets) assert.equal(all.includes(secret), false, secret)
    assert.match(all, /\[redacted\]/)
    assert.equal(one.lines.filter((line) => line.includes("label 'to'")).length, 1)
    assert.equal(complaint(await (await fetch(`${one.url}/metrics?format=prometheus`)).text()), '')
  } finally {
    await one.close()
  }
})

test('S16 an export to a slow client takes no memory, and stops when the client leaves', async () => {
  const one = await shop()
  try {
    for (let i = 0; i < 19_000; i++)
      one.metrics.track('clicks', i, { page: `a long enough label to fill some bytes ${i % 100}` })
    await one.metrics.flush()
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${one.url}/metrics/export?kind=track&format=ndjson`, resolve).on('error', reject)
    })
    assert.equal(response.statusCode, 200)
    response.pause()
    await sleep(100)
    response.destroy()
    await sleep(50)
    // Another reader is served at once: nothing is left running.
    assert.equal((await fetch(`${one.url}/metrics`)).status, 200)
    const whole = (await (await fetch(`${one.url}/metrics/export?kind=track&format=ndjson`)).text())
      .trimEnd()
      .split('\n')
    assert.equal(whole.length, 19_000)
    assert.equal(new Set(whole.map((line) => (JSON.parse(line) as { id: number }).id)).size, 19_000)
  } finally {
    await one.close()
  }
})

test('what was just tracked is in the answer, over HTTP, by code, and to a scraper', async () => {
  const one = await shop()
  try {
    one.metrics.track('revenue', 49, { plan: 'pro' })
    const { total } = (await (await fetch(`${one.url}/metrics/query?metric=revenue`)).json()) as { total: number }
    assert.equal(total, 49)
    assert.equal((await one.metrics.query({ metric: 'revenue', groupBy: 'plan' })).rows[0]?.value, 49)
    const scrape = await fetch(`${one.url}/metrics`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' },
    })
    assert.match(scrape.headers.get('content-type') ?? '', /openmetrics-text; version=1\.0\.0/)
    assert.match(await scrape.text(), /^revenue_sum\{plan="pro"\} 49$/m)
    assert.equal((await fetch(`${one.url}/health`)).status, 200)
  } finally {
    await one.close()
  }
})
