import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Guard } from '../../../src/guard.ts'
import type { Call } from '../../../src/llm/call.ts'
import { LateWatcher } from '../../../src/llm/late.ts'
import type { Asked } from '../../../src/llm/seen.ts'
import { fakeClock } from '../../../src/testing.ts'
import { isForgotten } from '../../garbage.ts'

const API = 'https://api.openai.com/v1'
const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }
const ANSWER = Buffer.from(
  JSON.stringify({ object: 'chat.completion', model: 'gpt-4o-2024-08-06', choices: [], usage })
)

/** A watcher that has loaded nothing yet, and what comes of it. */
function desk(): { watcher: LateWatcher; calls: Call[]; lines: string[]; clock: ReturnType<typeof fakeClock> } {
  const [calls, lines]: [Call[], string[]] = [[], []]
  const clock = fakeClock()
  const watcher = new LateWatcher({
    sink: (call) => void calls.push(call),
    missed: (url, why) => void lines.push(`${url}: ${why}`),
    origin: () => 'here',
    clock,
    guard: new Guard(clock, (line) => lines.push(line)),
  })
  return { watcher, calls, lines, clock }
}

const asked = (path: string = '/chat/completions', body: object = { model: 'gpt-4o' }): Asked => ({
  method: 'POST',
  url: API + path,
  body: JSON.stringify(body),
  header: () => undefined,
})
const json = (name: string): string | undefined => (name === 'content-type' ? 'application/json' : undefined)

test('what comes before the reader is loaded is read as if it were then', async () => {
  const { watcher, calls, clock } = desk()
  const began = clock.now()
  assert.ok(watcher.wants(`${API}/chat/completions`) && !watcher.wants(`${API}/users`))
  const watched = watcher.watch(asked(), watcher.origin())!
  clock.advance(50)
  watched.head(200, json)
  clock.advance(10)
  const lent = Uint8Array.from(ANSWER)
  watched.bytes(lent)
  // Its net uses it again.
  lent.fill(0)
  clock.advance(5)
  watched.end('whole')
  clock.advance(1000)
  assert.equal(calls.length, 0)
  await watcher.settled
  assert.deepEqual(
    calls.map(({ model, time, first, duration }) => [model, time, first, duration]),
    [['gpt-4o-2024-08-06', began, 60, 60]]
  )
  assert.equal(watcher.settled, undefined)
})

test('an exchange that begins before and goes on after is one call, with its own times', async () => {
  const { watcher, calls, clock } = desk()
  const watched = watcher.watch(asked(), watcher.origin())!
  watched.head(200, json)
  watched.bytes(ANSWER.subarray(0, 20))
  await watcher.settled
  clock.advance(40)
  watched.bytes(ANSWER.subarray(20))
  watched.end('whole')
  watched.end('failed')
  assert.deepEqual(
    calls.map(({ outcome, duration, usage: used }) => [outcome, duration, used?.input]),
    [['ok', 40, 7]]
  )
  const again = watcher.watch(asked(), watcher.origin())!
  again.head(429, json)
  again.end('whole')
  assert.equal(calls.length, 2)
})

test('what turns out to be none is forgotten', async () => {
  const { watcher, calls, lines } = desk()
  const watched = watcher.watch({ ...asked(), method: 'DELETE' }, watcher.origin())!
  watched.head(200, json)
  await watcher.settled
  watched.bytes(ANSWER)
  watched.end('whole')
  assert.deepEqual([calls, lines], [[], []])
})

test('more than can be remembered is said to be missed', async () => {
  const { watcher, calls, lines } = desk()
  const watched = watcher.watch(asked(), watcher.origin())!
  watched.head(200, json)
  for (let i = 0; i < 9; i++) watched.bytes(new Uint8Array(1024 * 1024))
  await watcher.settled
  watched.bytes(ANSWER)
  watched.end('whole')
  assert.equal(calls.length, 0)
  assert.match(lines.join('\n'), /chat\/completions: the answer came faster/)
})

test('what goes on in the background when it is closed is counted, loaded or not', async () => {
  const { watcher, calls } = desk()
  const watched = watcher.watch(asked('/responses', { model: 'gpt-5', background: true }), watcher.origin())!
  watched.head(200, json)
  const queued = { id: 'resp_1234567890', object: 'response', status: 'queued', background: true, model: 'gpt-5' }
  watched.bytes(Buffer.from(JSON.stringify(queued)))
  watched.end('whole')
  watcher.close()
  assert.equal(calls.length, 0)
  await watcher.settled
  assert.deepEqual(
    calls.map(({ model, incomplete }) => [model || 'gpt-5', incomplete]),
    [['gpt-5', true]]
  )
})

test('nothing holds the request once it was passed on', async () => {
  const { watcher } = desk()
  const begin = (): [WeakRef<object>, object] => {
    const request = asked()
    return [new WeakRef(request), watcher.watch(request, undefined)!]
  }
  const [reference, watched] = begin()
  await watcher.settled
  assert.ok(await isForgotten(reference))
  assert.ok(watched)
})
