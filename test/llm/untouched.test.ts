import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { told } from './child.ts'
import { type Manner, Provider } from './provider.ts'
import type { Reading } from './reader.ts'

const provider = new Provider()
before(() => provider.start())
after(() => provider.stop())

const MANNERS: readonly Manner[] = [
  {},
  { chunk: 3 },
  { chunk: 'inside' },
  { chunk: 7, crlf: true },
  { encoding: 'gzip' },
  { encoding: 'br', chunk: 5 },
  { encoding: 'deflate' },
  { fail: 1e9, status: 500 },
]

const SOME: readonly Manner[] = [{}, { chunk: 'inside', crlf: true }, { encoding: 'gzip', chunk: 11 }]

const BODIES: readonly (readonly [path: string, body: object])[] = [
  ['/v1/chat/completions', { model: 'gpt-4o' }],
  ['/v1/chat/completions', { model: 'gpt-4o', stream: true }],
  ['/v1/responses', { model: 'gpt-5-mini', stream: true }],
  ['/v1/messages', { model: 'claude-haiku-4-5', stream: true }],
  ['/v1beta/models/gemini-2.5-flash:streamGenerateContent', { contents: [] }],
]

// What the app reads, how its errors look and what stands in its headers: nothing of it may tell whether we are there.
for (const [path, body] of BODIES)
  test(`what an app reads from ${path}${'stream' in body ? ', streamed,' : ''} is the same with us and without us`, async () => {
    const manners = path.endsWith('/chat/completions') ? MANNERS : SOME
    const places = manners.map((manner) => ({
      name: JSON.stringify(manner),
      url: `${provider.url({ id: 'one', ...manner })}${path}`,
      body,
    }))
    const [bare, ours] = await Promise.all(
      [false, true].map((with_) =>
        told<object>('reader', { ours: with_, places, nobody: 'http://127.0.0.1:9' } satisfies Reading)
      )
    )
    assert.ok(Object.keys(bare!).length > 70)
    assert.deepEqual(ours, bare)
  })
