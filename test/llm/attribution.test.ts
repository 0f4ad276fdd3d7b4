import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pLimit from 'p-limit'
import { make as ai } from './clients/ai.ts'
import { make as anthropic } from './clients/anthropic.ts'
import { make as google } from './clients/google.ts'
import { make as openai } from './clients/openai.ts'
import { make as openai4 } from './clients/openai4.ts'
import { type Framework, type Routes, served } from './served.ts'
import { type World, world } from './world.ts'

/** An app whose routes are made of a base address; gives the world and a way to visit. */
async function app(
  t: TestContext,
  framework: Framework,
  routes: (of: { base: () => string; metrics: () => World['metrics'] }) => Routes
): Promise<[World, (path: string) => Promise<string>]> {
  const held: { of?: World } = {}
  const pending = { base: () => held.of!.provider.url({ pause: 1 }), metrics: () => held.of!.metrics }
  const made = await served(framework, routes(pending))
  const of = (held.of = await world(t, made.app))
  const server = await made.serve()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return [of, async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()]
}

for (const framework of ['express', 'fastify', 'hono', 'node'] as const)
  test(`60 requests at once over 6 routes of ${framework}: each call is on the account of its own route`, async (t) => {
    const [of, visit] = await app(t, framework, ({ base }) => ({
      direct: () => openai(base())['chat']!(),
      streamed: () => openai(base())['chat-streamed']!(),
      many: async () => {
        const calls = openai(base())
        return (await Promise.all([calls['chat']!(), calls['responses']!(), calls['chat-streamed']!()])).join('')
      },
      later: async (id) => {
        await pause(Number(id) % 7)
        await new Promise((resolve) => setImmediate(resolve))
        const text = await anthropic(base())['messages-streamed']!()
        return text
      },
      old: () => openai4(base())['chat-streamed']!(),
      mixed: async (id) =>
        Number(id) % 2 === 0 ? google(base())['generate-streamed']!() : ai(base())['messages-streamed']!(),
    }))
    const names = ['direct', 'streamed', 'many', 'later', 'old', 'mixed']
    await Promise.all(Array.from({ length: 60 }, (_, at) => visit(`/${names[at % 6]}/${at}`)))
    assert.deepEqual(await of.calls(80, 'endpoint', 'status'), {
      '/direct/:id ok': 10,
      '/later/:id ok': 10,
      '/many/:id ok': 30,
      '/mixed/:id ok': 10,
      '/old/:id ok': 10,
      '/streamed/:id ok': 10,
    })
  })

test('calls after the response, through p-limit and in a queue with bind are on the account of their route', async (t) => {
  const limit = pLimit(1)
  const queue: (() => Promise<unknown>)[] = []
  const [of, visit] = await app(t, 'express', ({ base, metrics }) => ({
    after: async () => {
      setTimeout(() => void openai(base())['chat']!(), 20)
      return 'at once'
    },
    limited: () => limit(() => openai(base())['chat']!()),
    queued: async () => {
      queue.push(metrics().llm.bind(() => openai(base())['chat']!()))
      return 'queued'
    },
    unbound: async () => {
      queue.push(() => openai(base())['chat']!())
      return 'queued'
    },
  }))
  await Promise.all(['after', 'limited', 'queued', 'unbound', 'limited', 'after'].map((name) => visit(`/${name}/1`)))
  for (const work of queue) await work()
  assert.deepEqual(await of.calls(6, 'endpoint'), {
    '(background)': 1,
    '/after/:id': 2,
    '/limited/:id': 2,
    '/queued/:id': 1,
  })
})

test('a single call is an event with all that is known of it, its user included', async (t) => {
  const [of, visit] = await app(t, 'express', ({ base, metrics }) => ({
    letter: () =>
      metrics().llm.run({ feature: 'letters', user: 'u_17' }, () => anthropic(base())['cached-streamed']!()),
  }))
  assert.notEqual(await visit('/letter/1'), '')
  await of.calls(1)
  const request = new Request('http://localhost/metrics/events?kind=llm')
  const answer = await of.metrics.fetch(request, { address: '127.0.0.1' })
  const { data } = (await answer.json()) as { data: Record<string, unknown>[] }
  const { id, time, ts, instance, duration_ms: took, first_byte_ms: first, ...rest } = data[0]!
  assert.ok([id, ts, took, first].every((value) => Number(value) > 0))
  assert.equal(typeof time + typeof instance, 'stringstring')
  assert.deepEqual(rest, {
    endpoint: '/letter/:id',
    provider: 'anthropic',
    model: 'claude-haiku-4-5-20251001',
    requested_model: 'claude-haiku-4-5-20251001',
    operation: 'chat',
    stream: true,
    input_tokens: 12_050,
    cached_tokens: 10_000,
    cache_write_tokens: 2000,
    output_tokens: 400,
    reasoning_tokens: 0,
    cost_usd: 0.005925,
    pricing: 'exact',
    price_source: 'snapshot',
    outcome: 'ok',
    status: 200,
    feature: 'letters',
    user: 'u_17',
    weight: 1,
  })
})

test('features name parts of the app, and what run gives comes back', async (t) => {
  const [of, visit] = await app(t, 'hono', ({ base, metrics }) => ({
    article: async () => {
      const { llm } = metrics()
      const [title, text] = await Promise.all([
        llm.run({ feature: 'title' }, () => openai(base())['chat']!()),
        llm.run({ feature: 'summary' }, () => openai(base())['chat-streamed']!()),
      ])
      return title + text
    },
  }))
  assert.notEqual(await visit('/article/1'), '')
  assert.equal(
    of.metrics.llm.run({ feature: 'sync' }, () => 42),
    42
  )
  assert.deepEqual(await of.calls(2, 'endpoint', 'feature'), { '/article/:id title': 1, '/article/:id summary': 1 })
})

/** Every request asks a model before any route is looked for, and what was seen is kept while it goes on. */
async function moderated(t: TestContext): Promise<[World, (path: string) => Promise<number>]> {
  const { default: express } = await import('express')
  const routed = express()
  const of = await world(t, routed)
  routed.use(async (_request, _response, next) => {
    await openai(of.provider.url())['chat']!()
    of.metrics.cost('checks', 0.001)
    await new Promise((resolve) => setImmediate(resolve))
    await of.metrics.flush()
    next()
  })
  routed.get('/users/:id', (_request, response) => void response.send('a user'))
  const server = routed.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return [of, async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).status]
}

test('calls before the router, in requests that no route takes, are unmatched, whatever their paths', async (t) => {
  const [of, visit] = await moderated(t)
  const found = await Promise.all(Array.from({ length: 40 }, (_, at) => visit(`/w${'abcdefgh'[at % 8]}-admin-${at}`)))
  assert.deepEqual([...new Set(found)], [404])
  assert.equal(await visit('/users/7'), 200)
  assert.deepEqual(await of.calls(41, 'endpoint'), { unmatched: 40, '/users/:id': 1 })
  const others = await of.rows('other_cost_usd', 'endpoint')
  assert.deepEqual(
    others.map(({ endpoint, value }) => [endpoint, value]),
    [
      ['unmatched', 0.04],
      ['/users/:id', 0.001],
    ]
  )
})

test('a call in a request that a router has named is there at once', async (t) => {
  const seen: Record<string, number>[] = []
  const [, visit] = await app(t, 'express', ({ base, metrics }) => ({
    budget: async () => {
      await openai(base())['chat']!()
      await new Promise((resolve) => setImmediate(resolve))
      const { rows } = await metrics().query({ metric: 'llm_calls', from: '1h', groupBy: ['endpoint'] })
      seen.push(Object.fromEntries(rows.map((row) => [String(row['endpoint']), Number(row['value'])])))
      return 'spent'
    },
  }))
  await visit('/budget/1')
  assert.deepEqual(seen, [{ '/budget/:id': 1 }])
})
