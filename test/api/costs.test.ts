import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Metrics, type Options } from '../../src/index.ts'

type Row = Readonly<Record<string, string | number | boolean | null>>

interface Answer {
  readonly status: number
  readonly body: Row & { readonly data: readonly Row[]; readonly unpriced: readonly Row[]; readonly message: string }
}

interface Desk {
  readonly metrics: Metrics
  readonly lines: string[]
  ask(query: string): Promise<Answer>
  text(query: string): Promise<string>
}

function desk(t: TestContext, options: Options = {}): Desk {
  const lines: string[] = []
  const metrics = new Metrics(undefined, { storage: 'memory://', log: (line) => lines.push(line), ...options })
  t.after(() => metrics.close())
  const fetched = (query: string): Promise<Response> =>
    metrics.fetch(new Request(`http://localhost/metrics/costs${query}`, { headers: { host: 'localhost' } }), {
      address: '127.0.0.1',
    })
  return {
    metrics,
    lines,
    text: async (query) => (await fetched(query)).text(),
    ask: async (query) => {
      // On a machine that is busy the first prices take longer to load than an answer waits.
      await metrics.flush()
      const answer = await fetched(query)
      return { status: answer.status, body: (await answer.json()) as Answer['body'] }
    },
  }
}

/** Two models on two endpoints, one of which nobody knows, and a text message. */
function spending({ metrics }: Desk): void {
  const { llm } = metrics
  // gpt-4o: 600 × 2.50 + 400 × 1.25 + 500 × 10 USD per million (openai.com/api/pricing).
  const tokens = { input: 1000, cached: 400, output: 500 }
  for (const endpoint of ['/a', '/a', '/b']) llm.record({ provider: 'openai', model: 'gpt-4o', tokens, endpoint })
  llm.record({ provider: 'openai', model: 'gpt-4o-mini', tokens, endpoint: '/b', feature: 'search' })
  llm.record({ provider: 'acme', model: 'house', tokens: { input: 7, output: 3 }, endpoint: '/b' })
  llm.record({ provider: 'openai', model: 'gpt-4o', tokens: {}, usd: 0, outcome: 'error', status: 429, endpoint: '/b' })
  metrics.cost('sms', 0.04, { to: 'de' })
}

const GPT_4O = 0.007
const MINI = (600 * 0.15 + 400 * 0.075 + 500 * 0.6) / 1e6

test('costs stand by model unless asked otherwise, and rows add up to the total to the billionth', async (t) => {
  const one = desk(t)
  spending(one)
  const { body } = await one.ask('')
  assert.deepEqual(
    body.data.map((row) => [row['provider'], row['model'], row['value'], row['requests'], row['kind']]),
    [
      ['sms', 'sms', 0.04, 1, 'sms'],
      ['openai', 'gpt-4o', 3 * GPT_4O, 4, 'llm'],
      ['openai', 'gpt-4o-mini', MINI, 1, 'llm'],
      ['acme', 'house', null, 1, 'llm'],
    ]
  )
  const nano = (usd: unknown): number => Math.round(Number(usd) * 1e9)
  assert.equal(nano(body['total']), 40_000_000 + 3 * 7_000_000 + nano(MINI))
  assert.deepEqual([body['complete'], body['errors'], body['unpriced_requests']], [false, 1, 1])
  assert.deepEqual(body.unpriced, [{ provider: 'acme', model: 'house', requests: 1 }])
  assert.match(String(body['warning']), /^1 request used a model without a known price/)
  assert.deepEqual([body['input_tokens'], body['cached_tokens'], body['output_tokens']], [4007, 1600, 2003])
  assert.equal(body['month_to_date_usd'], body['total'])
  assert.ok(Number(body['projected_month_usd']) >= Number(body['total']))
})

test('they can be grouped by endpoint, provider, feature, kind, label and time, and each adds up to the same', async (t) => {
  const one = desk(t)
  spending(one)
  const { body } = await one.ask('')
  for (const by of ['endpoint', 'provider', 'feature', 'kind', 'to', 'hour', 'day', 'day,model', 'endpoint,model']) {
    const answer = await one.ask(`?group_by=${by}&from=1h`)
    assert.equal(answer.status, 200, by)
    assert.equal(answer.body['total'], body['total'], by)
    const sum = answer.body.data.reduce((all, row) => all + Math.round(Number(row['value'] ?? 0) * 1e9), 0)
    assert.equal(sum, Math.round(Number(body['total']) * 1e9), by)
  }
  const { data } = (await one.ask('?group_by=endpoint&order=endpoint')).body
  assert.deepEqual(
    data.map((row) => [row['endpoint'], row['calls'], row['errors']]),
    [
      ['(background)', 0, 0],
      ['/a', 2, 0],
      ['/b', 4, 1],
    ]
  )
})

test('filters leave what they name, and kind tells models from the rest', async (t) => {
  const one = desk(t)
  spending(one)
  const total = async (query: string): Promise<unknown> => (await one.ask(query)).body['total']
  assert.equal(await total('?model=gpt-4o-mini'), MINI)
  assert.equal(await total('?endpoint=/a'), 2 * GPT_4O)
  assert.equal(await total('?kind=sms'), 0.04)
  assert.equal(await total('?kind=llm&model=gpt-4o'), 3 * GPT_4O)
  assert.equal(await total('?to=now&from=1h&kind=!llm'), 0.04)
  assert.equal(await total('?feature=search'), MINI)
})

test('the period before, paging, order, tables and an invented row', async (t) => {
  const one = desk(t)
  spending(one)
  const compared = (await one.ask('?from=1h&compare=previous')).body
  assert.deepEqual([compared['previous_total'], compared['change_percent']], [0, null])
  const paged = (await one.ask('?limit=1&order=value')).body
  assert.deepEqual([paged['row_count'], paged['total_rows'], paged.data[0]!['model']], [1, 4, 'gpt-4o-mini'])
  assert.match(String(paged['next']), /offset=1/)
  const last = (await one.ask('?limit=2&offset=2')).body
  assert.deepEqual([last['row_count'], last['next']], [2, null])
  assert.match(await one.text('?format=csv'), /^provider,model,requests,[^\n]*\r?\nsms,sms,1,/)
  const sample = (await one.ask('?sample=1')).body
  assert.equal(sample.data.length, 1)
  assert.ok(Object.values(sample.data[0]!).every((value) => value !== null))
  assert.ok(Array.isArray(JSON.parse(await one.text('?shape=rows'))))
  const ever = (await one.ask('?from=all')).body
  assert.equal(ever['total'], compared['total'])
})

test('what cannot be asked is refused by name', async (t) => {
  const one = desk(t)
  spending(one)
  for (const [query, error, parameter] of [
    ['?agg=p95', 'bad_agg', 'agg'],
    ['?group_by=pricing', 'bad_group_by', 'group_by'],
    ['?type=input', 'bad_filter', 'type'],
    ['?order=colour', 'bad_shape', 'order'],
    ['?from=yesterdayish', 'bad_time', 'from'],
    ['?limit=0', 'bad_limit', 'limit'],
    ['?tz=Mars', 'bad_timezone', 'tz'],
    ['?format=pdf', 'bad_format', 'format'],
  ] as const) {
    const { status, body } = await one.ask(query)
    assert.deepEqual([status, body['error'], body['parameter']], [400, error, parameter], query)
    assert.ok(String(body['hint']).length > 0, query)
  }
})

test('without any costs there are zeros and a hint; switched off, it says so', async (t) => {
  const none = (await desk(t).ask('?group_by=endpoint')).body
  assert.deepEqual([none['total'], none['requests'], none['complete'], none.data.length], [0, 0, true, 0])
  assert.match(String(none['warning']), /No cost has been recorded/)
  const off = desk(t, { llm: false })
  off.metrics.llm.record({ provider: 'openai', model: 'gpt-4o', tokens: { input: 1 } })
  off.metrics.cost('sms', 0.04)
  const { body } = await off.ask('')
  assert.equal(body['total'], 0.04)
  assert.equal(body['calls'], 0)
})

test('paid APIs are counted by their own calls, and what is no cost is refused and said once', async (t) => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/bad' ? 500 : 200).end('{}')
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const one = desk(t, { llm: { paidApis: [{ match: `${host}/*`, usd: 0.0004, name: 'email' }] } })
  for (const path of ['/send', '/send?to=1', '/bad']) await (await fetch(`http://${host}${path}`)).text()
  for (const usd of [-1, NaN, Infinity, 1e9, '3']) one.metrics.cost('sms', usd as number)
  for (const name of ['', 5, 'x'.repeat(300)]) one.metrics.cost(name as string, 1)
  one.metrics.cost('sms', 0.04, { to: { country: 'de' } as never })
  const { body } = await one.ask('?group_by=kind')
  assert.deepEqual(
    body.data.map((row) => [row['kind'], row['value'], row['requests']]),
    [['email', 0.0008, 2]]
  )
  assert.ok(one.lines.some((line) => line.includes("the cost of 'sms' is -1")))
  assert.ok(one.lines.some((line) => line.includes('no name of a cost')))
})
