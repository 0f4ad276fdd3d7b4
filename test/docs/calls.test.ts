import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { Metrics } from '../../src/index.ts'
import { pages } from './pages.ts'

const server = createServer((request, response) => {
  response.writeHead(request.url === '/broken' ? 500 : 200).end('ok')
})
const metrics = new Metrics(server, { storage: 'memory://', slow: '1ms' })
let origin = ''

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  for (const path of ['/users/7', '/products', '/broken', '/payments']) await (await fetch(origin + path)).text()
  for (const plan of ['pro', 'team', 'free', 'monthly'])
    for (const country of ['DE', 'US']) metrics.track('revenue', 49, { plan, country })
  metrics.unique('active_users').add(7, { plan: 'pro' })
  metrics.track('signups', { source: 'search' })
  metrics.track('deploys', { release: '1.5.0' })
  metrics.error(new Error('the shelf is empty'))
  metrics.unique('active_users').add('u_1', { plan: 'pro' })
  const tokens = { input: 1000, output: 200, cached: 100 }
  metrics.llm.record({ provider: 'openai', model: 'gpt-4o', tokens, duration: 800, feature: 'summary', endpoint: '/a' })
})

after(async () => {
  server.closeAllConnections()
  server.close()
  await metrics.close()
})

const calls = pages().flatMap((page) =>
  page.blocks
    .flatMap((block) => block.code.split('\n'))
    .filter((line) => line.startsWith('GET /'))
    .map((line) => ({ line, page: page.path }))
)

test('every call in the documentation is answered without a warning', async () => {
  assert.ok(calls.length > 40)
  const wrong: string[] = []
  for (const { line, page } of calls) {
    const expected = line.includes('24hours') ? 400 : 200
    const answer = await fetch(origin + line.slice('GET '.length))
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    const { warning = null } = isJson ? (JSON.parse(text) as { warning?: string | null }) : {}
    // The catalogue gets older whether the documentation is right or not.
    const invented = line.includes('sample=1') || /^Prices are of \S+, \d+ days old[^.]*$/.test(warning ?? '')
    if (answer.status !== expected || (warning !== null && !invented))
      wrong.push(`${page}: ${line} → ${answer.status} ${warning ?? text.slice(0, 200)}`)
  }
  assert.deepEqual(wrong, [])
})
