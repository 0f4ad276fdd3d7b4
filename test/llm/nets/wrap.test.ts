import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { test } from 'node:test'
import { wrapClient, wrapFetch } from '../../../src/llm/nets/wrap.ts'
import { captured, Eye, json, serve, until } from './world.ts'

test('a client that kept its fetch is watched from then on, whatever that fetch does, and told once', async (t) => {
  const origin = await serve(t, json('{"a":1}'))
  const kept: Record<string, typeof fetch> = {
    'our own': fetch,
    'the one before ours': captured,
    'one around ours': async (...args) => fetch(...args),
    'one around the one before ours': async (...args) => captured(...args),
    'one that answers by itself': async () => Response.json({ a: 1 }),
    'one over node:http': (async (url: string) => {
      const request = http.get(url)
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      return { json: async () => JSON.parse((await response.toArray()).join('')) as unknown }
    }) as unknown as typeof fetch,
  }
  for (const [name, fetch] of Object.entries(kept)) {
    const eye = new Eye(t)
    const client = wrapClient({ fetch, apiKey: 'k' })
    assert.equal(wrapClient(client).fetch, client.fetch)
    assert.deepEqual(await (await client.fetch(`${origin}/v1/x`)).json(), { a: 1 }, name)
    // The net on top has begun to watch, too, and leaves it to the one below.
    await until(() => eye.all.some((told) => told.endings.length > 0))
    const [told, ...more] = eye.all.filter((told) => told.status > 0 || told.endings.length > 0)
    assert.ok(told !== undefined && more.length === 0, name)
    assert.deepEqual([told.text.replaceAll(/\s/g, ''), told.endings], ['{"a":1}', ['whole']], name)
    assert.deepEqual(eye.missing, [], name)
    eye.detach()
  }
})

test('a failure of a kept fetch is told once, and is the same', async (t) => {
  const eye = new Eye(t)
  await assert.rejects(wrapFetch(captured)('http://127.0.0.1:1/v1/x'), { message: 'fetch failed' })
  await until(() => eye.all.some((told) => told.endings.length > 0))
  assert.deepEqual(
    eye.all.flatMap((told) => told.endings),
    ['failed']
  )
})

test('what has no fetch is given back as it is', () => {
  const client = { chat: 1 }
  assert.equal(wrapClient(client), client)
  assert.deepEqual(client, { chat: 1 })
})
