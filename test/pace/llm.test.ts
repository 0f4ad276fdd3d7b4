import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { ASK } from '../llm/clients/client.ts'
import { world } from '../llm/world.ts'

/** Leaves a stream after three pieces; gives the ms until the app goes on, and until the provider sees the end. */
async function left(of: Awaited<ReturnType<typeof world>>, stream: AsyncIterable<unknown>): Promise<[number, number]> {
  let seen = 0
  let at = 0
  for await (const _ of stream) {
    at = performance.now()
    if (++seen === 3) break
  }
  const gone = performance.now() - at
  while (of.provider.exchanges.at(-1)?.ended !== 'left' && performance.now() - at < 5_000) await pause(5)
  return [gone, performance.now() - at]
}

test('leaving a stream takes no time, and the provider sees it at once', async (t) => {
  const of = await world(t)
  const base = of.provider.url({ pause: 20, size: 100_000 })
  const openai = new OpenAI({ apiKey: 'test', baseURL: `${base}/v1`, maxRetries: 0 })
  const anthropic = new Anthropic({ apiKey: 'test', baseURL: base, maxRetries: 0 })
  const streams = [
    () => openai.chat.completions.create({ model: 'gpt-4o', messages: ASK, stream: true as const }),
    () => openai.responses.create({ model: 'gpt-5-mini', input: 'hello', stream: true as const }),
    () =>
      anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 99, messages: ASK, stream: true as const }),
  ]
  for (const stream of streams) {
    const [gone, seen] = await left(of, await stream())
    assert.ok(gone < 100, `the app went on after ${gone} ms`)
    assert.ok(seen < 1000, `the provider saw it after ${seen} ms`)
  }
})
