import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import PQueue from 'p-queue'
import { Metrics, type Options, type QueryRow } from '../../../src/index.ts'
import { Provider } from '../provider.ts'

interface Folder {
  readonly storage: string
  /** Every byte that was kept. */
  readonly bytes: () => string
}

function folder(t: TestContext): Folder {
  const path = mkdtempSync(join(tmpdir(), 'costs-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  const bytes = (): string =>
    readdirSync(path)
      .map((file) => readFileSync(join(path, file), 'latin1'))
      .join('\n')
  return { storage: `sqlite://${join(path, 'metrics.db')}`, bytes }
}

async function provider(t: TestContext): Promise<Provider> {
  const made = new Provider()
  await made.start()
  t.after(() => made.stop())
  return made
}

async function listening(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const MARKS = { prompt: 'xylophone-prompt-42', key: 'sk-proj-Zm9vYmFyYmF6cXV4MTIz', system: 'zebra-system-43' }

async function chat(of: Provider, model: string = 'gpt-4o'): Promise<void> {
  const body = {
    model,
    messages: [
      { role: 'system', content: MARKS.system },
      { role: 'user', content: MARKS.prompt },
    ],
  }
  const headers = { authorization: `Bearer ${MARKS.key}`, 'content-type': 'application/json' }
  const response = await fetch(`${of.url()}/v1/chat/completions?trace=${MARKS.prompt}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  assert.match(await response.text(), /usage/)
}

async function totals(metrics: Metrics, by: string = 'endpoint'): Promise<Record<string, unknown>> {
  const { rows } = await metrics.query({ metric: 'llm_calls', from: '1h', groupBy: by })
  return Object.fromEntries(rows.map((row: QueryRow) => [String(row[by]), row['value']]))
}

function quiet(more: Options): Options {
  return { log: () => undefined, ...more }
}

test('neither the file nor the log has a word of a prompt, an answer or a key, and a new start has the costs', async (t) => {
  const of = await provider(t)
  const { storage, bytes } = folder(t)
  const lines: string[] = []
  const one = new Metrics(createServer(), { storage, log: (line) => lines.push(line) })
  await chat(of)
  await chat(of, 'nobody-knows-this')
  await one.llm.run({ feature: 'summary', user: 'u_17' }, () => chat(of))
  // What has just been asked for is kept by close alone.
  await one.close()
  const kept = bytes()
  assert.ok(kept.includes('summary') && kept.includes('u_17'), 'this is where it is kept')
  for (const word of [...Object.values(MARKS), 'Zürich', 'Bearer'])
    assert.ok(!kept.includes(word) && !lines.join('\n').includes(word), word)
  const two = new Metrics(createServer(), quiet({ storage }))
  t.after(() => two.close())
  assert.deepEqual(await totals(two, 'model'), { 'gpt-4o-2024-08-06': 2, 'nobody-knows-this': 1 })
})

test('two apps of one process that share a file count each call once, on their own routes', async (t) => {
  const of = await provider(t)
  const { storage } = folder(t)
  const server = (): Server => createServer((_request, response) => void chat(of).then(() => response.end('ok')))
  const [shop, admin] = [server(), server()]
  const ours = [new Metrics(shop, quiet({ storage })), new Metrics(admin, quiet({ storage }))]
  t.after(() => Promise.all(ours.map((metrics) => metrics.close())))
  await (await fetch(`${await listening(t, shop)}/shop`)).text()
  await (await fetch(`${await listening(t, admin)}/admin`)).text()
  await chat(of)
  for (const metrics of ours) await metrics.flush()
  assert.deepEqual(await totals(ours[1]!), { '/shop': 1, '/admin': 1, '(background)': 1 })
})

test('two apps with stores of their own: each has the calls of its requests, both have what belongs to none', async (t) => {
  const of = await provider(t)
  const app = createServer((_request, response) => void chat(of).then(() => response.end('ok')))
  const [one, two] = [
    new Metrics(app, quiet({ storage: 'memory://' })),
    new Metrics(createServer(), quiet({ storage: 'memory://' })),
  ]
  t.after(() => Promise.all([one.close(), two.close()]))
  await (await fetch(`${await listening(t, app)}/mine`)).text()
  await chat(of)
  assert.deepEqual(await totals(one), { '/mine': 1, '(background)': 1 })
  assert.deepEqual(await totals(two), { '(background)': 1 })
})

test('an app that is given to Metrics twice, as a hot reload does, has each call once', async (t) => {
  const of = await provider(t)
  const { storage } = folder(t)
  const app = createServer((_request, response) => void chat(of).then(() => response.end('ok')))
  const old = new Metrics(app, quiet({ storage }))
  const now = new Metrics(app, quiet({ storage }))
  t.after(() => Promise.all([old.close(), now.close()]))
  await (await fetch(`${await listening(t, app)}/once`)).text()
  await chat(of)
  await old.flush()
  assert.deepEqual(await totals(now), { '/once': 1, '(background)': 1 })
})

test('in a queue of one at a time calls go astray, and bind brings them back', async (t) => {
  const of = await provider(t)
  const queue = new PQueue({ concurrency: 1 })
  let bound = true
  const app = createServer((_request, response) => {
    const work = (): Promise<void> => chat(of)
    void queue.add(bound ? metrics.llm.bind(work) : work).then(() => response.end('ok'))
  })
  const metrics = new Metrics(app, quiet({ storage: 'memory://' }))
  t.after(() => metrics.close())
  const base = await listening(t, app)
  const paths = ['/a', '/b', '/c', '/d', '/e', '/f']
  const visit = (): Promise<string[]> =>
    Promise.all(Array.from({ length: 60 }, async (_, at) => (await fetch(base + paths[at % 6]!)).text()))
  await visit()
  assert.deepEqual(await totals(metrics), Object.fromEntries(paths.map((path) => [path, 10])))
  bound = false
  await visit()
  const after = await totals(metrics)
  assert.equal(
    Object.values(after).reduce((sum: number, count) => sum + Number(count), 0),
    120
  )
})

test('a request that no route matches is counted so, and our own routes never make a call', async (t) => {
  const of = await provider(t)
  const calls: Promise<void>[] = []
  const app = createServer((request, response) => {
    response.on('close', () => calls.push(chat(of)))
    response.writeHead(request.url === '/known' ? 200 : 404).end('ok')
  })
  const metrics = new Metrics(app, quiet({ storage: 'memory://' }))
  t.after(() => metrics.close())
  const base = await listening(t, app)
  for (const path of ['/known', '/nowhere/17', '/metrics/costs', '/health']) await (await fetch(base + path)).text()
  while (calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  await Promise.all(calls)
  assert.deepEqual(await totals(metrics), { '/known': 1, unmatched: 1 })
})

test('the snapshot knows what models cost today, in the configured zone, to the billionth', async (t) => {
  const metrics = new Metrics(createServer(), quiet({ storage: 'memory://', timezone: 'Asia/Kathmandu' }))
  t.after(() => metrics.close())
  metrics.llm.record({ provider: 'acme', model: 'house', usd: 0.000000123 })
  metrics.cost('sms', 0.04)
  const answer = await metrics.fetch(new Request('http://localhost/metrics'), { address: '127.0.0.1' })
  assert.equal(((await answer.json()) as Record<string, unknown>)['llm_cost_today_usd'], 0.000000123)
})

test('switched off nothing is seen, and METRICS_LLM can say so', async (t) => {
  const of = await provider(t)
  process.env['METRICS_LLM'] = 'off'
  t.after(() => delete process.env['METRICS_LLM'])
  const metrics = new Metrics(createServer(), quiet({ storage: 'memory://' }))
  t.after(() => metrics.close())
  await chat(of)
  metrics.llm.record({ provider: 'acme', model: 'house', usd: 1 })
  assert.equal(metrics.llm.run({ feature: 'a' }, () => 42), 42) // prettier-ignore
  assert.deepEqual(await totals(metrics), {})
})
