import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../../src/llm/call.ts'
import { Guard } from '../../../src/guard.ts'
import { Llm } from '../../../src/llm/llm.ts'
import { type Origin, origins } from '../../../src/llm/origin.ts'
import { fakeClock } from '../../../src/testing.ts'

interface Taken {
  readonly call: Call
  readonly origin: Origin | undefined
}

function made(on: boolean = true): { llm: Llm; taken: Taken[]; refused: string[] } {
  const [taken, refused]: [Taken[], string[]] = [[], []]
  const clock = fakeClock()
  const llm = new Llm({
    clock,
    guard: new Guard(clock, (line) => refused.push(line)),
    take: on ? (call, origin) => void taken.push({ call, origin }) : undefined,
    wrap: (client) => ({ ...client, wrapped: true }),
    refuse: (_, line) => void refused.push(line),
  })
  return { llm, taken, refused }
}

const call = { provider: 'openai', model: 'gpt-4o', tokens: { input: 5 } }
const named = ({ origin }: Taken): unknown[] => [origin?.endpoint, origin?.feature, origin?.user]

test('run names what is called inside, also later; an inner name stands before an outer one', async () => {
  const { llm, taken } = made()
  await llm.run({ endpoint: '/chat', feature: 'chat', user: 'u1' }, async () => {
    await new Promise((resolve) => setImmediate(resolve))
    llm.record(call)
    llm.run({ feature: 'title' }, () => llm.record(call))
    llm.record({ ...call, feature: 'own', user: 'u2' })
  })
  llm.record(call)
  assert.deepEqual(taken.map(named), [
    ['/chat', 'chat', 'u1'],
    ['/chat', 'title', 'u1'],
    ['/chat', 'own', 'u2'],
    [undefined, undefined, undefined],
  ])
})

test('run gives back what the work gives, and throws what it throws', async () => {
  const { llm } = made()
  assert.equal(llm.run({ feature: 'a' }, () => 42), 42) // prettier-ignore
  assert.equal(await llm.run({ feature: 'a' }, async () => 43), 43)
  assert.throws(() => llm.run({}, () => assert.fail('mine')), /mine/)
  await assert.rejects(
    llm.run({}, () => Promise.reject(new Error('mine'))),
    /mine/
  )
})

test('names that are no texts are said and left out; the work is done all the same', () => {
  const { llm, taken, refused } = made()
  const odd = (naming: unknown): unknown => llm.run(naming as object, () => (llm.record(call), 'done'))
  for (const naming of [null, undefined, 'summary', { feature: {} }, { user: 17, feature: 'x'.repeat(300) }]) {
    assert.equal(odd(naming), 'done')
  }
  assert.equal(refused.length, 4)
  assert.deepEqual(named(taken[3]!), [undefined, undefined, undefined])
  assert.deepEqual(named(taken[4]!), [undefined, 'x'.repeat(256), '17'])
})

test('bind keeps whose a function is for whoever calls it, with its arguments and its this', () => {
  const { llm, taken } = made()
  const bound = llm.run({ endpoint: '/mine' }, () =>
    llm.bind(function (this: { base: number }, more: number) {
      llm.record(call)
      return this.base + more
    })
  )
  assert.equal(
    llm.run({ endpoint: '/other' }, () => bound.call({ base: 40 }, 2)),
    42
  )
  const free = llm.bind(() => llm.record(call))
  llm.run({ endpoint: '/other' }, free)
  assert.deepEqual(
    taken.map(({ origin }) => origin?.endpoint),
    ['/mine', undefined]
  )
  assert.equal(llm.bind('no function' as never), 'no function')
})

test('nonsense given to record is refused with its reason, and never thrown', () => {
  const { llm, taken, refused } = made()
  for (const given of [undefined, {}, { ...call, tokens: { input: -1 } }]) llm.record(given as never)
  const trap = Object.defineProperty({}, 'provider', { enumerable: true, get: () => assert.fail('a getter') })
  llm.record(trap as never)
  assert.equal(taken.length, 0)
  assert.equal(refused.length, 4)
  assert.match(refused[2]!, /input is -1/)
})

test('wrap gives back the client, watched; with costs turned off nothing is touched', () => {
  const client = { fetch: () => 1 }
  assert.equal((made().llm.wrap(client) as { wrapped?: true }).wrapped, true)
  const { llm, taken } = made(false)
  assert.equal(llm.wrap(client), client)
  const work = (): number => 5
  assert.equal(llm.bind(work), work)
  assert.equal(llm.run({ feature: 'a' }, () => origins().getStore()), undefined) // prettier-ignore
  llm.record(call)
  assert.equal(taken.length, 0)
})
