import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../../src/llm/call.ts'
import { calls, events, named, type Told, used } from './world.ts'

const url = 'https://api.openai.com/v1/chat/completions'
const gateway = 'http://127.0.0.1:4000/v1/chat/completions'
const body = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'Hello' }] }
const headers = { 'anthropic-version': '2023-06-01' }
const chunk = (rest: object = {}): object => ({
  id: 'x',
  object: 'chat.completion.chunk',
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }],
  ...rest,
})
const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }
const stop = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
const open = (...docs: readonly object[]): string => events(...docs).replace('data: [DONE]\n\n', '')

/** What matters of the one call that an exchange is. */
function ended(told: Told): object | undefined {
  const [call, ...more] = calls(told)
  assert.deepEqual(more, [])
  return call && shown(call)
}

function shown({ outcome, status, usage: tokens, estimated, incomplete }: Call): object {
  return { outcome, status, used: used(tokens), ...(estimated && { estimated }), ...(incomplete && { incomplete }) }
}

test('an error with a status used nothing, whatever its body is', () => {
  const bodies = [
    { error: { message: 'Rate limit reached', type: 'tokens', code: 'rate_limit_exceeded' } },
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    '<html><h1>502 Bad Gateway</h1></html>',
    '',
  ]
  for (const status of [400, 401, 404, 429, 500, 529]) {
    for (const answer of bodies) {
      for (const how of ['whole', 'left', 'aborted', 'failed'] as const) {
        assert.deepEqual(ended({ url, body, status, answer, how }), { outcome: 'error', status, used: null })
      }
    }
  }
})

test('an error of a host that nobody knows counts if it was asked as a model is, and answers as one does', () => {
  const llm = { error: { message: 'No such model', type: 'invalid_request_error', code: null } }
  const call = { outcome: 'error', status: 404, used: null }
  assert.deepEqual(ended({ url: gateway, body, status: 404, answer: llm }), call)
  const anthropic = { type: 'error', error: { type: 'not_found_error', message: 'model: x' } }
  const messages = 'http://127.0.0.1:4000/v1/messages'
  assert.deepEqual(ended({ url: messages, headers, body, status: 404, answer: anthropic }), call)
  assert.equal(ended({ url: messages, body, status: 404, answer: { error: 'not found' } }), undefined)
  for (const answer of [
    '<html>',
    '',
    { statusCode: 404, error: 'Not Found', message: 'Route not found' },
    { detail: 'x' },
  ]) {
    assert.equal(ended({ url: gateway, body, status: 404, answer }), undefined)
  }
})

test('the interfaces of other people are no calls', () => {
  const own = [
    {
      url: 'https://chat.example.com/api/messages',
      body: { text: 'hi' },
      answer: { id: 1, type: 'message', text: 'hi' },
    },
    { url: 'https://chat.example.com/messages', body: { text: 'hi' }, status: 500, answer: { error: 'boom' } },
    {
      url: 'https://x.example.com/api/chat',
      body: { messages: [] },
      answer: 'data: {"type":"text-delta","delta":"Hi"}\n\n',
    },
    {
      url: 'https://x.example.com/api/chat',
      body: { messages: [] },
      answer: 'data: {"type":"error","errorText":"Hi"}\n\n',
    },
    { url: 'https://survey.example.com/v1/responses', body: { answers: [1] }, answer: { object: 'survey', data: [] } },
    { url: 'https://x.example.com/embed', body: { url: 'y' }, answer: '<iframe>' },
    { url: 'https://x.example.com/api/generate', body: { prompt: 'x' }, answer: { response: 'y' } },
    { url: 'https://x.example.com/v1/completions', body: { q: 'x' }, answer: { items: [] } },
    { url: 'https://x.example.com/v1/chat/completions', body, answer: '<html>', type: 'text/html' },
    { url: 'https://x.example.com/embeddings', body: {}, answer: { data: [1], usage: { calls: 3 } } },
    { url: 'https://x.example.com/predict', body: { instances: [] }, answer: { predictions: [1] } },
    { url: 'https://x.example.com/v1/model/a/invoke', body: {}, answer: { ok: true } },
    { url: 'https://x.example.com/images/generations', body: {}, answer: { images: [] } },
    { url, body, status: 307, answer: '' },
    { url: gateway, body, status: null, how: 'failed' as const, headers: {}, method: 'GET' },
  ]
  for (const told of own) assert.deepEqual(calls(told), [], told.url)
})

test('a stream that the app leaves is a lower bound, and what had come is estimated', () => {
  for (const how of ['left', 'aborted'] as const) {
    const call = { outcome: 'aborted', status: 200, used: { input: 21, output: 2 }, estimated: true, incomplete: true }
    assert.deepEqual(ended({ url, body, answer: open(chunk(), chunk()), how }), call)
  }
  const before = { outcome: 'aborted', status: 200, used: { input: 21 }, estimated: true, incomplete: true }
  assert.deepEqual(ended({ url, body, answer: '', type: 'text/event-stream', how: 'aborted' }), before)
})

test('a stream that the network breaks off is an error, with what was used so far', () => {
  const call = { outcome: 'error', status: 200, used: { input: 21, output: 1 }, estimated: true, incomplete: true }
  assert.deepEqual(ended({ url, body, answer: open(chunk()), how: 'failed' }), call)
})

test('an app that stops when the model has stopped has aborted nothing', () => {
  const call = { outcome: 'ok', status: 200, used: { input: 21, output: 1 }, estimated: true }
  assert.deepEqual(ended({ url, body, answer: open(chunk(), stop), how: 'left' }), call)
  const two = { ...body, n: 2 }
  const half = { outcome: 'aborted', status: 200, used: { input: 23, output: 1 }, estimated: true, incomplete: true }
  assert.deepEqual(ended({ url, body: two, answer: open(chunk(), stop), how: 'left' }), half)
})

test('what a client does after the last word is no abort, and a call is given at that word', () => {
  for (const how of ['left', 'aborted', 'failed'] as const) {
    const call = { outcome: 'ok', status: 200, used: { input: 7, output: 3 } }
    assert.deepEqual(ended({ url, body, answer: events(chunk({ usage })), how }), call)
    assert.deepEqual(
      ended({ url, body: { model: 'x' }, answer: chunk({ object: 'chat.completion', usage }), how }),
      call
    )
  }
})

test('a stream that says itself that it failed', () => {
  const error = { error: { message: 'The server had an error', type: 'server_error', param: null, code: null } }
  const partly = { outcome: 'error', status: 200, used: { input: 21, output: 1 }, estimated: true, incomplete: true }
  assert.deepEqual(ended({ url, body, answer: open(chunk(), error) }), partly)
  assert.deepEqual(ended({ url: gateway, body, answer: open(chunk(), error), how: 'left' }), partly)
  assert.deepEqual(ended({ url, body, answer: `${open(chunk())}event: error\ndata: {"message":"x"}\n\n` }), partly)
  const unused = { outcome: 'error', status: 200, used: {} }
  assert.deepEqual(ended({ url, body, answer: open(error) }), unused)
  assert.deepEqual(ended({ url: gateway, body, answer: open(error) }), unused)
  // https://openrouter.ai/docs/api-reference/errors: with a status of 200
  assert.deepEqual(ended({ url, body: { model: 'x' }, answer: { error: { code: 502, message: 'x' } } }), unused)
  const finish = chunk({ choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }], usage })
  assert.equal(calls({ url, body, answer: events(finish) })[0]?.outcome, 'error')
})

test('a failed response of the Responses API that used nothing', () => {
  const failed = { object: 'response', status: 'failed', error: { code: 'server_error' }, usage: null, model: 'gpt-5' }
  const told = { url: 'https://api.openai.com/v1/responses', body: { model: 'gpt-5', input: 'x' } }
  assert.deepEqual(ended({ ...told, answer: failed }), { outcome: 'error', status: 200, used: {} })
  const answer = named({ type: 'response.failed', response: failed } as { type: string })
  assert.deepEqual(ended({ ...told, answer }), { outcome: 'error', status: 200, used: {} })
})

test('without a response an error used nothing, and of what the app aborted nobody knows', () => {
  const failed = { outcome: 'error', status: 0, used: null }
  const aborted = { outcome: 'aborted', status: 0, used: {}, incomplete: true }
  for (const [told, known] of [
    [{ url, body }, true],
    [{ url: gateway, body }, true],
    [{ url: 'http://127.0.0.1/v1/messages', headers, body }, true],
    [{ url: 'http://127.0.0.1/v1/messages', body }, false],
    [{ url: 'http://127.0.0.1/v1/completions', body: { q: 1 } }, false],
  ] as const) {
    assert.deepEqual(ended({ ...told, status: null, how: 'failed' }), known ? failed : undefined)
    assert.deepEqual(ended({ ...told, status: null, how: 'aborted' }), known ? aborted : undefined)
  }
})

test('a body that is cut off or never read says what is known', () => {
  const whole = JSON.stringify(chunk({ object: 'chat.completion', usage }))
  const cut = { outcome: 'error', status: 200, used: { input: 21 }, estimated: true, incomplete: true }
  const partly = ended({ url, body, answer: whole.slice(0, 60), how: 'failed' })
  assert.deepEqual(partly, cut)
  const left = ended({ url, body, answer: '', type: 'application/json', how: 'left' })
  assert.deepEqual(left, { ...cut, outcome: 'aborted' })
})

test('an answer of a known host that nobody can read is a call without usage', () => {
  const call = { outcome: 'ok', status: 200, used: null }
  assert.deepEqual(ended({ url, body, answer: 'Hello' }), call)
  assert.deepEqual(ended({ url, body, answer: '' }), call)
  const speech = 'https://api.openai.com/v1/audio/speech'
  assert.deepEqual(ended({ url: speech, body: { model: 'tts-1' }, type: 'audio/mpeg', answer: 'x' }), call)
})

test('newer voices are billed by sound, of which nothing is said', () => {
  const told = { url: 'http://gateway/v1/audio/speech', body: { model: 'gpt-4o-mini-tts', input: 'Hello you' } }
  assert.deepEqual(ended({ ...told, type: 'audio/wav', answer: 'RIFF' }), {
    outcome: 'ok',
    status: 200,
    used: { input: 3, units: { characters: 9 } },
    estimated: true,
    incomplete: true,
  })
  assert.equal(ended({ ...told, type: 'text/html', answer: '<html>' }), undefined)
})

test('pieces that are larger than tokens are measured', () => {
  const long = chunk({ choices: [{ index: 0, delta: { content: 'x'.repeat(400) } }] })
  assert.deepEqual(used(calls({ url, body, answer: events(long, long) })[0]?.usage), { input: 21, output: 200 })
  const call = chunk({
    choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{"a' } }] } }],
  })
  assert.deepEqual(used(calls({ url, body, answer: events(call, call) })[0]?.usage), { input: 21, output: 2 })
})
