import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'
import { Pulse } from '../../src/health/pulse.ts'

test('it calls when it is poked, again when it was asked to, and also when it was poked meanwhile', async (t) => {
  let turns = 0
  const done = new Promise<void>((resolve) => {
    const pulse = new Pulse(() => {
      turns++
      if (turns === 2) pulse.poke()
      if (turns === 4) resolve()
      return turns === 2 ? Infinity : 1
    })
    t.after(() => pulse.stop())
    pulse.poke()
    pulse.poke()
  })
  const awake = setInterval(() => undefined, 50)
  await done
  clearInterval(awake)
  assert.equal(turns, 4)
})

test('after the stop it is quiet', async () => {
  let turns = 0
  const pulse = new Pulse(() => turns++)
  pulse.poke()
  pulse.stop()
  pulse.poke()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(turns, 0)
})

test('who pokes it does not lend it his context', async (t) => {
  const contexts = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const done = new Promise<void>((resolve) => {
    const pulse = new Pulse(() => {
      seen.push(contexts.getStore())
      if (seen.length === 2) resolve()
      return 1
    })
    t.after(() => pulse.stop())
    contexts.run('a request', () => pulse.poke())
  })
  const awake = setInterval(() => undefined, 50)
  await done
  clearInterval(awake)
  assert.deepEqual(seen, [undefined, undefined])
})
