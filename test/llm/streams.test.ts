import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { APIError, APIUserAbortError } from 'openai'
import OpenAI4 from 'openai4'
import { ASK } from './clients/client.ts'
import { make as google } from './clients/google.ts'
import { make as openai } from './clients/openai.ts'
import type { Manner } from './provider.ts'
import { TEXT } from './shapes/shape.ts'
import { world } from './world.ts'

const CHAT = { model: 'gpt-4o', messages: ASK }
const STREAM = { ...CHAT, stream: true as const, stream_options: { include_usage: true } }
const CLAUDE = { model: 'claude-haiku-4-5-20251001', max_tokens: 1024, messages: ASK }

function client(base: string, maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey: 'sk-test', baseURL: `${base}/v1`, maxRetries })
}

test('a call that is refused and tried again is one error and one success', async (t) => {
  const of = await world(t)
  await client(of.provider.url({ id: 'again', fail: 1 }), 2).chat.completions.create(CHAT)
  await new Anthropic({
    apiKey: 'test',
    baseURL: of.provider.url({ id: 'too', fail: 1 }),
    maxRetries: 2,
  }).messages.create(CLAUDE)
  assert.deepEqual(await of.calls(4, 'provider', 'status'), {
    'openai ok': 1,
    'openai error': 1,
    'anthropic ok': 1,
    'anthropic error': 1,
  })
  // 0.00472 and 0.00264: what was refused costs nothing.
  assert.equal(await of.nano(), 4_720_000 + 2_640_000)
})

test('leaving a stream after three pieces ends it for the provider, and counts as aborted', async (t) => {
  const of = await world(t)
  const base = of.provider.url({ id: 'left', hang: 6 })
  let seen = 0
  for await (const _ of await client(base).chat.completions.create(STREAM)) if (++seen === 3) break
  assert.equal((await of.ended('left')).ended, 'left')
  assert.deepEqual(await of.calls(1, 'status', 'pricing'), { 'aborted incomplete': 1 })
})

test('a stream that is left before anything of it was read counts as aborted, too', async (t) => {
  const of = await world(t)
  const stream = { method: 'POST', body: JSON.stringify(STREAM) }
  const response = await fetch(`${of.provider.url({ id: 'unread', hang: 6 })}/v1/chat/completions`, stream)
  await response.body?.cancel()
  assert.equal((await of.ended('unread')).ended, 'left')
  assert.deepEqual(await of.calls(1, 'status', 'pricing'), { 'aborted incomplete': 1 })
})

test('leaving a stream of Anthropic keeps what it said of the input', async (t) => {
  const of = await world(t)
  const anthropic = new Anthropic({ apiKey: 'test', baseURL: of.provider.url({ id: 'left', hang: 6 }), maxRetries: 0 })
  let seen = 0
  for await (const _ of await anthropic.messages.create({ ...CLAUDE, stream: true })) if (++seen === 3) break
  assert.equal((await of.ended('left')).ended, 'left')
  assert.deepEqual(await of.calls(1, 'status', 'pricing'), { 'aborted incomplete': 1 })
  assert.equal((await of.tokens())['input'], 640)
})

test('an old SDK that leaves a stream over node:http counts as aborted too', async (t) => {
  const of = await world(t)
  const old = new OpenAI4({ apiKey: 'test', baseURL: `${of.provider.url({ id: 'left', hang: 6 })}/v1`, maxRetries: 0 })
  let seen = 0
  for await (const _ of await old.chat.completions.create(STREAM)) if (++seen === 3) break
  assert.equal((await of.ended('left')).ended, 'left')
  assert.deepEqual(await of.calls(1, 'status'), { aborted: 1 })
})

test('a call that the app aborts fails as it does without us, and counts as aborted', async (t) => {
  const of = await world(t)
  const leaving = new AbortController()
  const early = client(of.provider.url({ id: 'early', wait: 10_000 })).chat.completions.create(CHAT, {
    signal: leaving.signal,
  })
  setTimeout(() => leaving.abort(), 50)
  await assert.rejects(early, APIUserAbortError)
  const late = new AbortController()
  const stream = await client(of.provider.url({ id: 'late', hang: 4 })).chat.completions.create(STREAM, {
    signal: late.signal,
  })
  let seen = 0
  for await (const _ of stream) if (++seen === 2) late.abort()
  assert.equal(seen, 2)
  assert.equal((await of.ended('late')).ended, 'left')
  assert.deepEqual(await of.calls(2, 'status'), { aborted: 2 })
})

test('a provider that fails in the middle of a stream counts as an error', async (t) => {
  const of = await world(t)
  const spoken = async (manner: Manner): Promise<void> => {
    for await (const _ of await client(of.provider.url(manner)).chat.completions.create(STREAM));
  }
  await assert.rejects(spoken({ id: 'trouble', trouble: 4 }), APIError)
  await assert.rejects(spoken({ id: 'dead', die: 4 }), { message: 'terminated' })
  const anthropic = new Anthropic({ apiKey: 'test', baseURL: of.provider.url({ trouble: 5 }), maxRetries: 0 })
  await assert.rejects(async () => {
    for await (const _ of await anthropic.messages.create({ ...CLAUDE, stream: true }));
  })
  assert.deepEqual(await of.calls(3, 'status'), { error: 3 })
})

test('a provider that cannot be reached counts as an error without cost', async (t) => {
  const of = await world(t)
  await assert.rejects(client('http://127.0.0.1:1').chat.completions.create(CHAT))
  assert.deepEqual(await of.calls(1, 'status'), { error: 1 })
  assert.equal(await of.nano(), 0)
})

test('a call for whose answer nobody waits is counted', async (t) => {
  const of = await world(t)
  const unread = Array.from({ length: 20 }, () => client(of.provider.url()).chat.completions.create(CHAT))
  assert.deepEqual(await of.calls(20), { 'ok exact': 20 })
  void unread
})

test('a stream without include_usage is estimated, and nothing is asked of the provider that the app did not ask', async (t) => {
  const of = await world(t)
  let all = ''
  let empty = 0
  for await (const { choices } of await client(of.provider.url({ id: 'plain' })).chat.completions.create({
    ...CHAT,
    stream: true,
  })) {
    all += choices[0]?.delta.content ?? ''
    if (choices.length === 0) empty++
  }
  assert.deepEqual([all, empty], [TEXT, 0])
  assert.deepEqual(Object.keys(JSON.parse((await of.ended('plain')).body) as object).sort(), [
    'messages',
    'model',
    'stream',
  ])
  assert.deepEqual(await of.calls(1), { 'ok estimated': 1 })
  const { input = 0, output = 0 } = await of.tokens()
  assert.ok(input > 0 && output > 0)
})

const CUTS: readonly Manner[] = [
  { chunk: 1 },
  { chunk: 2, crlf: true },
  { chunk: 'inside' },
  { chunk: 'inside', crlf: true },
  { crlf: true },
  { encoding: 'gzip' },
  { encoding: 'gzip', chunk: 1 },
  { encoding: 'br' },
  { encoding: 'br', chunk: 1 },
  { encoding: 'deflate', chunk: 3 },
]

test('however the bytes are cut and packed, the tokens are the same', async (t) => {
  const of = await world(t)
  for (const [at, manner] of CUTS.entries()) {
    const base = of.provider.url(manner)
    const calls = openai(base)
    for (const name of ['chat', 'chat-streamed', 'responses-streamed']) assert.equal(await calls[name]!(), TEXT)
    assert.equal(await google(base)['generate-streamed']!(), TEXT)
    const old = new OpenAI4({ apiKey: 'test', baseURL: `${base}/v1`, maxRetries: 0 })
    let all = ''
    for await (const { choices } of await old.chat.completions.create(STREAM)) all += choices[0]?.delta.content ?? ''
    assert.equal(all, TEXT)
    assert.deepEqual(await of.calls(5 * (at + 1)), { 'ok exact': 5 * (at + 1) }, JSON.stringify(manner))
    // Three of gpt-4o, one of gpt-5-mini, one of Gemini.
    const each = 3 * 4_720_000 + 1_954_400 + 1_490_000
    assert.equal(await of.nano(), each * (at + 1), JSON.stringify(manner))
  }
})

test('what a gateway says that a call cost is what it cost', async (t) => {
  const of = await world(t)
  const calls = openai(of.provider.url({ cost: 0.0123 }))
  for (const name of ['chat', 'chat-streamed']) await calls[name]!()
  await of.calls(2)
  assert.equal(await of.nano(), 2 * 12_300_000)
})

test('questions about calls, stored answers and an API of the app that looks alike are no calls', async (t) => {
  const of = await world(t)
  const base = of.provider.url()
  const anthropic = new Anthropic({ apiKey: 'test', baseURL: base, maxRetries: 0 })
  await anthropic.messages.countTokens({ model: CLAUDE.model, messages: ASK })
  await google(base)['count']!()
  await client(base).responses.retrieve('resp_1')
  await client(base).models.list()
  // Somebody's chat, which has messages and is no model.
  const own = await fetch(`${base}/api/rooms/7/messages/new`, { method: 'POST', body: '{"text":"hi","model":"x"}' })
  assert.equal(own.status, 200)
  await own.text()
  await client(base).chat.completions.create(CHAT)
  assert.deepEqual(await of.calls(1), { 'ok exact': 1 })
})

test('two Metrics in one process both see each call once; a closed one sees none', async (t) => {
  const [one, two] = [await world(t, createServer()), await world(t, createServer())]
  const call = async (): Promise<unknown> => client(one.provider.url()).chat.completions.create(CHAT)
  await call()
  assert.deepEqual([await one.calls(1), await two.calls(1)], [{ 'ok exact': 1 }, { 'ok exact': 1 }])
  await two.metrics.close()
  await call()
  assert.deepEqual(await one.calls(2), { 'ok exact': 2 })
})

test('nothing of a prompt, an answer or a key is kept or said', async (t) => {
  const of = await world(t)
  const secret = 'sk-proj-Zm9vYmFyYmF6cXV4'
  const openAI = new OpenAI({ apiKey: secret, baseURL: `${of.provider.url()}/v1`, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'My passphrase is xylophone-42.' }]
  await openAI.chat.completions.create({ model: 'gpt-4o', messages, user: 'ada@example.com' })
  await openAI.chat.completions.create({ model: 'nobody-knows-this', messages })
  await of.calls(2)
  const texts = [...of.lines]
  for (const path of [
    'costs',
    'events',
    'export?metric=llm_calls&format=ndjson',
    'query?metric=llm_calls',
    'errors',
    'metrics',
  ])
    texts.push(
      await (await of.metrics.fetch(new Request(`http://localhost/metrics/${path}`), { address: '127.0.0.1' })).text()
    )
  for (const word of [secret, 'xylophone', 'ada@example.com', 'Zürich'])
    assert.deepEqual(
      texts.filter((text) => text.includes(word)),
      [],
      word
    )
})
