import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Failure, isThenable, timed } from '../../src/collectors/timed.ts'

function watch() {
  const ended: Failure[] = []
  return { ended, tell: (failure: Failure) => void ended.push(failure) }
}

test('what is given at once is given at once, whatever it is', () => {
  const { ended, tell } = watch()
  const things = [undefined, null, 0, '', {}, [1], () => 1, Symbol('x')]
  for (const thing of things)
    assert.equal(
      timed(() => thing, tell),
      thing
    )
  assert.deepEqual(
    ended,
    Array.from(things, () => undefined)
  )
})

test('what is thrown at once is thrown at once, the same thing', () => {
  const { ended, tell } = watch()
  for (const thrown of [new Error('x'), 'text', undefined] as Error[]) {
    let caught: unknown = 'nothing'
    try {
      timed(() => {
        throw thrown
      }, tell)
    } catch (what) {
      caught = what
    }
    assert.equal(caught, thrown)
    assert.equal(ended[ended.length - 1]?.thrown, thrown)
  }
  assert.equal(ended.length, 3)
})

test('of a promise the end counts', async () => {
  const { ended, tell } = watch()
  const failures = (): unknown[] => ended.map((failure) => failure?.thrown)
  let give: (value: number) => void = () => undefined
  const given = timed(() => new Promise<number>((resolve) => (give = resolve)), tell)
  await Promise.resolve()
  assert.equal(ended.length, 0)
  give(7)
  assert.equal(await given, 7)
  assert.deepEqual(ended, [undefined])
  const error = new Error('x')
  await assert.rejects(
    timed(() => Promise.reject(error), tell),
    (thrown) => thrown === error
  )
  assert.deepEqual(failures(), [undefined, error])
})

test('what begins when somebody waits for it is begun once', async () => {
  const { ended, tell } = watch()
  let begun = 0
  const lazy = {
    // oxlint-disable-next-line unicorn/no-thenable -- query builders are such things
    then(resolve: (value: string) => void) {
      begun++
      resolve('rows')
    },
  }
  assert.equal(await timed(() => lazy as unknown as Promise<string>, tell), 'rows')
  assert.deepEqual([begun, ended.length], [1, 1])
})

test('a rejection that the app forgets is still reported by Node', async () => {
  const reported: unknown[] = []
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (error) => reported.push(error))
  const error = new Error('forgotten')
  void timed(
    () => Promise.reject(error),
    () => undefined
  )
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.removeAllListeners('unhandledRejection')
  for (const listener of listeners) process.on('unhandledRejection', listener)
  assert.deepEqual(reported, [error])
})

test('only what has a method `then` can be awaited', () => {
  // oxlint-disable-next-line unicorn/no-thenable -- that is the question
  const odd = { then: 5 }
  for (const thing of [undefined, null, 5, 'x', {}, odd]) assert.equal(isThenable(thing), false)
  assert.equal(isThenable(Promise.resolve()), true)
})
