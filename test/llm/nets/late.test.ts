import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { llmHub } from '../../../src/llm/hub.ts'
import { World } from '../wire/world.ts'
import { captured, serve, until } from './world.ts'

const EVENTS = `data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"}}]}

data: {"id":"1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: [DONE]

`

const post = (url: string, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST' }, (response) => response.resume().on('end', resolve))
    request.on('error', reject).end(body)
  })

test('what a request says is known also where its body becomes known only while it leaves', async (t) => {
  const origin = await serve(t, (request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(EVENTS))
  })
  const clients: ((url: string, body: string) => Promise<unknown>)[] = [
    async (url, body) => (await fetch(url, { method: 'POST', body })).text(),
    async (url, body) => (await captured(url, { method: 'POST', body })).text(),
    async (url, body) => (await captured(new Request(url, { method: 'POST', body }))).text(),
    // Node 20 tells of node:http only after the body has left.
    ...(process.version.startsWith('v20.') ? [] : [post]),
  ]
  const long = 'word '.repeat(200_000)
  for (const content of ['Say hello, and nothing else.', long]) {
    for (const client of clients) {
      const world = new World()
      const detach = llmHub().attach(world.watcher)
      const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], service_tier: 'flex' })
      await client(`${origin}/v1/chat/completions`, body)
      await until(() => world.calls.length > 0)
      detach()
      const [call] = world.calls
      assert.deepEqual([call!.requestedModel, call!.tier, call!.estimated], ['gpt-4o-mini', 'flex', true])
      assert.ok(call!.usage!.input > 0)
      assert.equal(world.calls.length, 1)
    }
  }
})
