import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRequest, type Request } from '../../../src/llm/wire/request.ts'
import { bytesOf } from './world.ts'

function read(body: unknown, operation = 'chat'): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const [one, other] = [readRequest(text, operation), readRequest(bytesOf(text), operation)]
  assert.deepEqual(one, other)
  return one
}

test('a request tells its model, its tier and how it is to be answered', () => {
  const request = read({
    messages: [{ role: 'user', content: '"model":"no", "stream":false' }],
    model: 'gpt-4o',
    stream: true,
    service_tier: 'flex',
    n: 3,
    background: true,
    speed: 'fast',
  })
  assert.deepEqual(request, {
    model: 'gpt-4o',
    stream: true,
    background: true,
    tier: 'flex',
    speed: 'fast',
    choices: 3,
    seconds: 0,
    speaks: true,
    tokens: 43,
    characters: 0,
  })
})

test('what is behind a long prompt is found, and is not confused with the prompt', () => {
  const content = '"model": "wrong", '.repeat(20_000)
  const request = read({
    messages: [{ content }],
    tools: [],
    model_: 1,
    stream: true,
    model: 'right',
  })
  assert.equal(request.model, 'right')
  assert.equal(request.stream, true)
  assert.ok(request.tokens > 90_000 && request.tokens < 120_000)
})

test('pictures and sounds are not taken for text', () => {
  const url = `data:image/png;base64,${'A'.repeat(5_000_000)}`
  const request = read({ model: 'gpt-4o', messages: [{ content: [{ type: 'image_url', image_url: { url } }] }] })
  assert.ok(request.tokens < 1_200, String(request.tokens))
  const bare = read({ contents: [{ parts: [{ inlineData: { data: 'A'.repeat(30_000_000) } }] }] })
  assert.equal(bare.tokens, 1024 * 1024)
})

test('an upload tells its model in a field, wherever it stands', () => {
  const field = (name: string, value: string): string =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const file = `--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: audio/mpeg\r\n\r\n${'\u0001'.repeat(200_000)}\r\n`
  assert.equal(read(`${field('model', 'whisper-1')}${file}--x--`).model, 'whisper-1')
  assert.equal(read(`${file}${field('model', 'whisper-1')}${field('stream', 'true')}--x--`).model, 'whisper-1')
  assert.equal(read(`${file}${field('stream', 'true')}--x--`).stream, true)
})

test('what is to be spoken is counted in characters', () => {
  assert.equal(read({ model: 'tts-1', input: 'Grüße 🌍\n' }, 'audio').characters, 8)
  assert.equal(read({ model: 'tts-1', input: 5 }, 'audio').characters, 0)
  assert.equal(read('{"input":', 'audio').characters, 0)
})

test('any body is read', () => {
  assert.deepEqual(readRequest(undefined, 'chat').tokens, 0)
  assert.equal(read('').speaks, false)
  assert.equal(read('null').speaks, false)
  assert.equal(read({ inputText: 'x' }).speaks, true)
  assert.equal(read({ model: 5, n: -1, stream: 1 }).choices, 1)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readRequest(bytes, 'audio')))
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void readRequest(text, 'chat')))
})
