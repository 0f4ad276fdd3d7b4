import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { Provider } from '../llm/provider.ts'
import { TEXT } from '../llm/shapes/shape.ts'
import { built, eventually, startExample } from './world.ts'

const provider = new Provider()
before(built)
before(() => provider.start())
after(() => provider.stop())

type Row = Readonly<Record<string, unknown>>

/** Starts an example whose providers are the test server; gives its address, and its costs by endpoint once they are there. */
async function started(
  t: TestContext,
  name: string
): Promise<[string, (count: number) => Promise<Record<string, number>>]> {
  const base = provider.url({ id: name })
  const anthropic = name === 'llm-anthropic' ? base : `${base}/v1`
  const origin = await startExample(t, name, {
    METRICS_STORAGE: 'memory://',
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: `${base}/v1`,
    ANTHROPIC_API_KEY: 'sk-ant-test',
    ANTHROPIC_BASE_URL: anthropic,
  })
  const costs = async (count: number): Promise<Record<string, number>> =>
    eventually(
      async () => {
        const rows = await asked(origin, 'query?metric=llm_calls&from=1h&group_by=endpoint')
        if (rows.reduce((sum, row) => sum + Number(row['value']), 0) < count) return undefined
        const found = await asked(origin, 'costs?from=1h&group_by=endpoint')
        return Object.fromEntries(found.map((row) => [String(row['endpoint']), Number(row['value'])]))
      },
      () => name
    )
  return [origin, costs]
}

async function asked(origin: string, path: string): Promise<readonly Row[]> {
  const answer = await fetch(`${origin}/metrics/${path}`)
  return ((await answer.json()) as { data: readonly Row[] }).data
}

test('the OpenAI example says what each of its routes costs', async (t) => {
  const [origin, costs] = await started(t, 'llm-openai')
  assert.deepEqual(await (await fetch(`${origin}/summaries/7`)).json(), { summary: TEXT })
  const said = await fetch(`${origin}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"question":"hello"}',
  })
  assert.equal(await said.text(), TEXT)
  assert.deepEqual(await (await fetch(`${origin}/search/hello`)).json(), { dimensions: 3 })
  // test/llm/bill.ts works these out.
  assert.deepEqual(await costs(3), { '/chat': 0.00472, '/summaries/:id': 0.0019544, '/search/:words': 0.00002 })
  const features = await asked(origin, 'query?metric=llm_cost_usd&from=1h&group_by=feature&feature=search')
  assert.deepEqual(
    features.map((row) => [row['feature'], row['value']]),
    [['search', 0.00002]]
  )
})

test('the Anthropic example says what each of its routes costs, its queue included', async (t) => {
  const [origin, costs] = await started(t, 'llm-anthropic')
  assert.deepEqual(await (await fetch(`${origin}/questions/7`)).json(), { answer: TEXT })
  assert.deepEqual(await (await fetch(`${origin}/stories/7`)).json(), { story: TEXT })
  assert.equal((await fetch(`${origin}/reports/7`, { method: 'POST' })).status, 202)
  assert.deepEqual(await costs(3), { '/questions/:id': 0.005925, '/stories/:id': 0.00264, '/reports/:id': 0.00264 })
})

test('the AI SDK example says what each of its routes costs', async (t) => {
  const [origin, costs] = await started(t, 'llm-vercel-ai')
  assert.deepEqual(await (await fetch(`${origin}/titles/7`)).json(), { title: TEXT })
  assert.equal(await (await fetch(`${origin}/chat?q=hello&plan=pro`)).text(), TEXT)
  assert.deepEqual(await costs(2), { '/titles/:id': 0.0019544, '/chat': 0.00264 })
})
