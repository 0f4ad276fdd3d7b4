import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LlmWatcher } from '../../../src/llm/watcher.ts'
import { bytesOf, calls, events, named, type Told, used, World } from './world.ts'

const API = 'https://api.openai.com/v1'
const chat = (model: string, rest: object = {}): object => ({
  id: 'x',
  object: 'chat.completion',
  model,
  choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
  ...rest,
})

test('only paths of models are wanted, on any host', () => {
  const { watcher } = new World()
  const wanted = [
    `${API}/chat/completions`,
    `${API}/chat/completions/`,
    `${API}/responses?a=b/c`,
    `${API}/embeddings#x`,
    `${API}/images/generations`,
    `${API}/audio/transcriptions`,
    'http://localhost:4000/v1/messages',
    'https://x/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    'https://x/v1/projects/p/locations/l/publishers/anthropic/models/claude@1:rawPredict',
    'https://x/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fa.b/converse-stream',
    'https://my.openai.azure.com/openai/deployments/a/chat/completions?api-version=1',
  ]
  for (const url of wanted) assert.ok(watcher.wants(url), url)
  const others = [
    'https://api.stripe.com/v1/charges',
    `${API}/models`,
    `${API}/messages/count_tokens`,
    `${API}/responses/input_tokens`,
    `${API}/responses/resp_67ccd3a9da748190baa7f1570fe91ac6`,
    `${API}/chat/completions/chatcmpl-1`,
    'https://x/v1beta/models/gemini-2.5-flash:countTokens',
    'https://x/v1beta/models/gemini-2.5-flash',
    'https://example.com',
    'data:text/plain,/chat/completions/x',
    '',
    '/',
    '?',
    '/users/:id',
  ]
  for (const url of others) assert.ok(!watcher.wants(url), url)
})

test('only what is posted is a call', () => {
  const { watcher } = new World()
  const asked = (method: string, url: string) => ({ method, url, header: () => undefined, body: undefined })
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT']) {
    assert.equal(watcher.watch(asked(method, `${API}/chat/completions`), 0), undefined)
  }
  assert.equal(watcher.watch(asked('POST', `${API}/chat/generations`), 0), undefined)
  assert.equal(watcher.watch(asked('POST', `${API}/files/file-1/content`), 0), undefined)
  assert.equal(watcher.watch(asked('GET', `${API}/articles/7/content`), 0), undefined)
  assert.equal(watcher.watch(asked('POST', '/chat/completions'), 0), undefined)
  assert.notEqual(watcher.watch(asked('POST', `${API}/chat/completions`), 0), undefined)
})

test('the provider is found by host, headers, shape and model, in this order', () => {
  const provider = (told: Partial<Told>, model = 'my-model'): unknown =>
    calls({ url: 'http://127.0.0.1/v1/chat/completions', body: { model }, answer: chat(model), ...told })[0]?.provider
  const at = (host: string): Partial<Told> => ({ url: `https://${host}/v1/chat/completions` })
  const hosts = {
    'eu.api.openai.com': 'openai',
    'my.openai.azure.com': 'azure',
    'my.services.ai.azure.com': 'azure',
    'api.groq.com': 'groq',
    'api.mistral.ai': 'mistral',
    'api.deepseek.com': 'deepseek',
    'api.x.ai': 'x-ai',
    'openrouter.ai': 'openrouter',
    'api.together.xyz': 'together',
    'api.fireworks.ai': 'fireworks',
    'api.perplexity.ai': 'perplexity',
    'generativelanguage.googleapis.com': 'google',
    'us-central1-aiplatform.googleapis.com': 'google',
    'bedrock-runtime.us-west-2.amazonaws.com': 'bedrock',
    'api.openai.com.evil.example': 'unknown',
    'notapi.openai.com': 'unknown',
  }
  for (const [host, name] of Object.entries(hosts)) assert.equal(provider(at(host)), name, host)
  assert.equal(provider({ headers: { 'x-goog-api-key': 'k' } }), 'google')
  assert.equal(provider({ headers: { 'user-agent': 'Groq/JS 1.0' } }, 'openai/gpt-oss-120b'), 'groq')
  assert.equal(provider({ headers: { 'user-agent': 'mistral-client-typescript/1.10' } }), 'mistral')
  assert.equal(provider({ headers: { 'x-fern-sdk-name': 'cohere-ai' } }), 'cohere')
  assert.equal(provider({ headers: { 'anthropic-version': '1' } }), 'anthropic')
  assert.equal(provider({ headers: { 'anthropic-version': '1' } }, 'gpt-4o'), 'openai')
  assert.equal(provider({ headers: { 'api-key': 'k' } }), 'unknown')
  assert.equal(provider({ answer: chat('x', { usage: { prompt_tokens: 1, prompt_cache_hit_tokens: 0 } }) }), 'deepseek')
  assert.equal(provider({ answer: chat('x', { usage: { prompt_tokens: 1, num_sources_used: 0 } }) }), 'x-ai')
  assert.equal(provider({ answer: chat('x', { usage: { prompt_tokens: 1, cost: 1, is_byok: false } }) }), 'openrouter')
  const models = {
    'gpt-6.1-sol': 'openai',
    'ft:gpt-4o-mini:acme::x': 'openai',
    'o4-mini': 'openai',
    'gpt-oss-120b': 'unknown',
    'claude-haiku-5-5': 'anthropic',
    'us.anthropic.claude-x': 'bedrock',
    'gemini-3.8-flash': 'google',
    'mistral-large-latest': 'mistral',
    'deepseek-chat': 'deepseek',
    'grok-4': 'x-ai',
    'command-a-03-2025': 'cohere',
    'anthropic/claude-sonnet-4.5': 'anthropic',
    'mistralai/Mistral-7B': 'unknown',
  }
  for (const [model, name] of Object.entries(models)) assert.equal(provider({}, model), name, model)
})

test('a host of your own may be given a provider', () => {
  const world = new World({ hosts: { 'LLM.internal': 'anthropic', 'gpu:8000': 'mine' } })
  const body = { model: 'm' }
  world.tell({ url: 'http://llm.internal:4000/v1/chat/completions', body, answer: chat('m') })
  world.tell({ url: 'http://gpu:8000/v1/chat/completions', body, answer: chat('m') })
  world.tell({ url: 'http://gpu:8000/v1/chat/completions', body, status: 500, answer: 'boom' })
  world.tell({ url: 'http://gpu:8001/v1/chat/completions', body, answer: chat('m') })
  assert.deepEqual(
    world.calls.map(({ provider, status }) => [provider, status]),
    [
      ['anthropic', 200],
      ['mine', 200],
      ['mine', 500],
      ['unknown', 200],
    ]
  )
})

test('a call has the time of its request, its duration and that of the first byte, and the origin of who asked', () => {
  const world = new World()
  const asked = { method: 'POST', url: `${API}/chat/completions`, header: () => undefined, body: '{"model":"gpt-4o"}' }
  const watched = world.watcher.watch(asked, 'the route')!
  const began = world.time
  world.time += 100
  watched.head(200, () => 'text/event-stream')
  world.time += 50
  watched.bytes(bytesOf(': ping\n\n'))
  world.time += 350
  watched.bytes(bytesOf(events(chat('gpt-4o'))))
  world.time += 5000
  watched.end('left')
  const [call] = world.calls
  assert.deepEqual([call?.time, call?.first, call?.duration, world.origins], [began, 150, 500, ['the route']])
  assert.equal(call?.host, 'api.openai.com')
})

test('keys and texts are nowhere in a call', () => {
  const [call] = calls({
    url: `${API}/chat/completions?key=SECRET`,
    headers: { authorization: 'Bearer SECRET', 'api-key': 'SECRET' },
    body: { model: 'gpt-4o', messages: [{ content: 'SECRET' }], user: 'SECRET' },
    answer: chat('gpt-4o', { choices: [{ message: { content: 'SECRET' } }] }),
  })
  assert.ok(!JSON.stringify({ ...call, usage: used(call?.usage) }).includes('SECRET'))
})

const id = 'resp_67ccd3a9da748190baa7f1570fe91ac604becb25c45c1d41'
const response = (status: string, rest: object = {}): object => ({
  id,
  object: 'response',
  background: true,
  model: 'gpt-5-2025-08-07',
  status,
  usage: null,
  ...rest,
})
const usage = { input_tokens: 10, output_tokens: 20, total_tokens: 30 }
const begin: Told = {
  url: `${API}/responses`,
  body: { model: 'gpt-5', input: 'x', background: true },
  answer: response('queued'),
}
const fetch = (answer: object, rest: Partial<Told> = {}): Told => ({
  method: 'GET',
  url: `${API}/responses/${id}`,
  answer,
  ...rest,
})

test('a response that is made in the background is one call, when it is fetched', () => {
  const world = new World()
  world.tell(fetch(response('completed', { usage })))
  world.tell(begin)
  world.tell(fetch(response('in_progress')))
  world.tell(fetch({ error: { message: 'slow down' } }, { status: 429 }))
  world.tell(fetch({}, { status: null, how: 'failed' }))
  assert.equal(world.calls.length, 0)
  world.time += 60_000
  world.tell(fetch(response('completed', { usage })))
  world.tell(fetch(response('completed', { usage })))
  const [call, ...more] = world.calls
  assert.deepEqual(more, [])
  assert.deepEqual(
    [used(call?.usage), call?.duration, call?.requestedModel],
    [{ input: 10, output: 20 }, 60_000, 'gpt-5']
  )
})

test('a response in the background may be streamed, left, and taken up again', () => {
  const world = new World()
  const event = (type: string, status: string, rest = {}): { type: string } =>
    ({ type, response: response(status, rest) }) as { type: string }
  const created = named(event('response.created', 'in_progress'))
  world.tell({ ...begin, body: { model: 'gpt-5', background: true, stream: true }, answer: created, how: 'left' })
  assert.equal(world.calls.length, 0)
  const rest = named(event('response.completed', 'completed', { usage }))
  world.tell(fetch({}, { url: `${API}/responses/${id}?stream=true&starting_after=3`, answer: rest }))
  assert.deepEqual(
    world.calls.map((call) => [call.outcome, used(call.usage)]),
    [['ok', { input: 10, output: 20 }]]
  )
})

test('a response in the background that is cancelled is counted with what it used', () => {
  const world = new World()
  world.tell(begin)
  world.tell(fetch(response('cancelled', { usage }), { method: 'POST', url: `${API}/responses/${id}/cancel` }))
  assert.deepEqual(
    world.calls.map((call) => used(call.usage)),
    [{ input: 10, output: 20 }]
  )
})

test('what was begun in the background and never fetched is counted at the end, as a lower bound', () => {
  const world = new World()
  world.tell(begin)
  world.watcher.close()
  world.watcher.close()
  assert.deepEqual(
    world.calls.map(({ incomplete, outcome, requestedModel }) => [incomplete, outcome, requestedModel]),
    [[true, 'ok', 'gpt-5']]
  )
  assert.ok(!world.watcher.wants(`${API}/responses/${id}`))
})

test('of very many that wait the oldest is given up', () => {
  const world = new World()
  for (let i = 0; i < 1003; i++) world.tell({ ...begin, answer: response('queued', { id: `resp_number_${i}` }) })
  assert.equal(world.calls.length, 3)
  world.tell(fetch(response('completed', { id: 'resp_number_1', usage }), { url: `${API}/responses/resp_number_1` }))
  assert.equal(world.calls.length, 3)
  world.tell(fetch(response('completed', { id: 'resp_number_9', usage }), { url: `${API}/responses/resp_number_9` }))
  assert.equal(world.calls.length, 4)
})

const line = (n: number): string =>
  `${JSON.stringify({ id: 'batch_req_1', custom_id: `r${n}`, response: { status_code: 200, request_id: 'q', body: chat('gpt-4o') }, error: null })}\n`
const batch = (answer: string): Told => ({
  method: 'GET',
  url: `${API}/files/file-1/content`,
  type: 'application/octet-stream',
  answer,
})

test('results of a batch of OpenAI are calls, and are counted once however often they are fetched', () => {
  const world = new World()
  const failed = `${JSON.stringify({ custom_id: 'r9', response: { status_code: 400, body: { error: { message: 'x' } } }, error: null })}\n`
  world.tell(batch(line(1) + failed + line(2)))
  world.tell(batch(line(1) + failed + line(2)))
  world.tell(batch(line(1) + failed + line(2) + line(3)))
  assert.equal(world.calls.length, 3)
  assert.deepEqual([...new Set(world.calls.map(({ tier, provider }) => `${tier} ${provider}`))], ['batch openai'])
  const embedded = {
    custom_id: 'e',
    response: {
      status_code: 200,
      body: { object: 'list', model: 'm', data: [{}], usage: { prompt_tokens: 4, total_tokens: 4 } },
    },
  }
  world.tell({ ...batch(JSON.stringify(embedded)), url: `${API}/files/file-2/content` })
  assert.deepEqual([world.calls.at(-1)?.operation, used(world.calls.at(-1)?.usage)], ['embeddings', { input: 4 }])
})

test('files that are no results are no calls', () => {
  const world = new World()
  for (const answer of [
    '{"messages":[]}\n{"messages":[]}',
    '{"custom_id":"a"}',
    '%PDF-1.7',
    '{"custom_id":1,"result":2}',
  ]) {
    world.tell(batch(answer))
  }
  assert.equal(world.calls.length, 0)
})

test('so many batches are remembered', () => {
  const world = new World()
  for (let i = 0; i < 1002; i++) world.tell({ ...batch(line(1)), url: `${API}/files/f${i}/content` })
  world.tell({ ...batch(line(1)), url: `${API}/files/f1001/content` })
  assert.equal(world.calls.length, 1002)
})

test('a fault of ours is caught and said, and the app sees nothing of it', () => {
  const world = new World({
    sink: () => {
      throw new Error('full')
    },
  })
  world.tell({ url: `${API}/chat/completions`, body: { model: 'gpt-4o' }, answer: chat('gpt-4o') })
  const asked = { method: 'POST', url: `${API}/chat/completions`, body: undefined }
  const header = (): never => {
    throw new Error('gone')
  }
  assert.equal(world.watcher.watch({ ...asked, header }, 0), undefined)
  const watched = world.watcher.watch({ ...asked, header: () => undefined }, 0)!
  watched.head(200, header)
  watched.bytes(bytesOf('{}'))
  watched.end('whole')
  assert.equal(world.guard.faults, 3)
  assert.match(world.lines.join('\n'), /llm wire: full/)
})

test('what cannot be read is passed on, and so is the origin', () => {
  const world = new World()
  world.watcher.missed('http://x/v1/messages', 'because')
  assert.deepEqual(world.lines, ['http://x/v1/messages: because'])
  assert.equal(world.watcher.origin(), 'here')
  assert.ok(world.watcher instanceof LlmWatcher)
})
