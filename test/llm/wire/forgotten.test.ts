import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PaidWatcher } from '../../../src/llm/paid.ts'
import type { Asked, Watched, Watcher } from '../../../src/llm/seen.ts'
import { isForgotten } from '../../garbage.ts'
import { World } from './world.ts'

const URL_OF_CHAT = 'https://api.openai.com/v1/chat/completions'

/** A request with a key, of which only the watcher may still know; and what it watches it with. */
function begun(watcher: Watcher, body: string | undefined): [WeakRef<object>, Watched] {
  const headers: Record<string, string> = { authorization: 'Bearer sk-secret' }
  const asked: Asked = { method: 'POST', url: URL_OF_CHAT, body, header: (name) => headers[name] }
  return [new WeakRef(asked), watcher.watch(asked, undefined)!]
}

for (const body of [undefined, '{"model":"gpt-4o"}'])
  test(`while an answer comes nothing holds the headers of its request, ${body === undefined ? 'whose body came later' : 'whose body was there'}`, async () => {
    const { watcher } = new World()
    const [asked, watched] = begun(watcher, body)
    watched.head(200, () => 'text/event-stream')
    assert.ok(await isForgotten(asked))
    watched.end('left')
  })

test('nor after an end without an answer', async () => {
  const { watcher } = new World()
  const [asked, watched] = begun(watcher, undefined)
  watched.end('failed')
  assert.ok(await isForgotten(asked))
  watched.end('failed')
})

test('nor does a paid API', async () => {
  const { guard } = new World()
  const apis = [{ match: 'api.openai.com', usd: 1 }]
  const [asked, watched] = begun(new PaidWatcher({ apis, paid: () => undefined, origin: () => undefined, guard }), '')
  assert.ok(await isForgotten(asked))
  watched.head(200, () => undefined)
})
