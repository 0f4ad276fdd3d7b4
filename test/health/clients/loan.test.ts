import assert from 'node:assert/strict'
import { test } from 'node:test'
import { borrowing, type Lender } from '../../../src/health/clients/loan.ts'
import { Sole } from '../../../src/health/clients/sole.ts'
import { withSpare } from '../../../src/health/clients/spare.ts'

const never = (): Promise<never> => new Promise(() => undefined)

/** A pool that does as it is told. */
function pool(like: Partial<Lender<string>> = {}): { lender: Lender<string>; released: string[] } {
  const released: string[] = []
  const lender: Lender<string> = {
    lend: () => Promise.resolve('connection'),
    ask: () => Promise.resolve(),
    release: (connection, isBroken) => void released.push(`${connection} ${isBroken ? 'broken' : 'fine'}`),
    waiting: () => 0,
    ...like,
  }
  return { lender, released }
}

test('a connection is given back whatever becomes of the question', async () => {
  const questions: Readonly<Record<string, [Lender<string>['ask'], string]>> = {
    'it is answered': [() => Promise.resolve(1), 'fine'],
    'it is refused': [() => Promise.reject(new Error('no')), 'broken'],
    'it cannot be asked': [
      () => {
        throw new Error('no')
      },
      'broken',
    ],
  }
  for (const [name, [ask, state]] of Object.entries(questions)) {
    const { lender, released } = pool({ ask })
    const signal = new AbortController().signal
    await Promise.resolve(borrowing(lender)(signal)).catch(() => undefined)
    assert.deepEqual(released, [`connection ${state}`], name)
  }
})

test('one whose answer does not come in time is given back as broken, once', async () => {
  let answer = (): void => undefined
  const { lender, released } = pool({ ask: () => new Promise((resolve) => (answer = () => resolve(1))) })
  const abort = new AbortController()
  const run = Promise.resolve(borrowing(lender)(abort.signal))
  await new Promise(setImmediate)
  abort.abort(new Error('too late'))
  await assert.rejects(run, /too late/)
  answer()
  await new Promise(setImmediate)
  assert.deepEqual(released, ['connection broken'])
})

test('a pool that throws at every turn throws at nobody else', async () => {
  const throws = (): never => {
    throw new Error('no')
  }
  const signal = new AbortController().signal
  await assert.rejects(Promise.resolve(borrowing(pool({ lend: throws }).lender)(signal)), /no/)
  assert.deepEqual(await borrowing(pool({ release: throws }).lender)(signal), { status: 'pass' })
  const abort = new AbortController()
  const run = Promise.resolve(borrowing(pool({ release: throws, ask: never }).lender)(abort.signal))
  await new Promise(setImmediate)
  abort.abort()
  await assert.rejects(run, { name: 'AbortError' })
})

test('however many runs give up, one request waits, and the last of them gets what comes', async () => {
  let asked = 0
  let give: (value: string) => void = () => undefined
  const unclaimed: string[] = []
  const sole = new Sole<string>(
    () => {
      asked++
      return new Promise((resolve) => (give = resolve))
    },
    (value) => void unclaimed.push(value)
  )
  for (let i = 0; i < 1000; i++) {
    const abort = new AbortController()
    const run = sole.take(abort.signal)
    abort.abort(new Error('too late'))
    await assert.rejects(run, /too late/)
  }
  assert.equal(asked, 1)
  const last = sole.take(new AbortController().signal)
  give('it')
  assert.equal(await last, 'it')
  assert.deepEqual([unclaimed, sole.isUnderWay], [[], false])
  const abort = new AbortController()
  const gone = sole.take(abort.signal)
  abort.abort()
  await assert.rejects(gone, { name: 'AbortError' })
  give('nobody’s')
  await new Promise(setImmediate)
  assert.deepEqual([unclaimed, asked], [['nobody’s'], 2])
})

test('a question that hangs is asked once more after some runs, and never a third time', async () => {
  let asked = 0
  const answers: (() => Promise<unknown>)[] = [never, never]
  const check = withSpare(() => (answers[asked++] ?? never)())
  const run = async (): Promise<string> => {
    const abort = new AbortController()
    const result = Promise.resolve(check(abort.signal)).then(String, () => 'too late')
    setImmediate(() => abort.abort())
    return result
  }
  for (let i = 0; i < 10; i++) assert.equal(await run(), 'too late')
  assert.equal(asked, 2)
  asked = 0
  answers[1] = () => Promise.resolve('answered')
  answers[2] = () => Promise.resolve('answered')
  const other = withSpare(() => (answers[asked++] ?? never)())
  const results: string[] = []
  for (let i = 0; i < 4; i++) {
    const abort = new AbortController()
    const result = Promise.resolve(other(abort.signal)).then(String, () => 'too late')
    setImmediate(() => abort.abort())
    results.push(await result)
  }
  assert.deepEqual(results, ['too late', 'too late', 'answered', 'answered'])
})
