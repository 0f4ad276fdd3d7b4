import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, outcomeOf, outcomeOfError } from '../../src/health/outcome.ts'
import { World } from './world.ts'

const seen = (value: unknown): string => {
  const { status, code } = outcomeOf(value)
  return code === null ? status : `${status} ${code}`
}

test('nothing, true, and whatever an answer is made of pass', () => {
  for (const value of [
    undefined,
    true,
    'PONG',
    'ok',
    { rows: [] },
    [],
    { ok: 1 },
    { status: 'pass' },
    { status: 'up' },
  ]) {
    assert.equal(seen(value), 'pass', JSON.stringify(value))
  }
})

test('false, and what says neither pass nor fail, fail', () => {
  assert.deepEqual(
    [false, 42, null, 'perhaps', Symbol('x'), () => true, 7n, { status: 'perhaps' }, { ok: 0 }, { ok: false }].map(
      seen
    ),
    [
      'fail false',
      'fail bad_result',
      'fail bad_result',
      'fail bad_result',
      'fail bad_result',
      'fail bad_result',
      'fail bad_result',
      'fail bad_result',
      'fail failed',
      'fail failed',
    ]
  )
})

test('a response of fetch passes by its status, and its body is let go', async () => {
  assert.equal(seen(new Response('fine')), 'pass')
  let cancelled = false
  const body = new ReadableStream({ cancel: () => void (cancelled = true) })
  assert.equal(seen(new Response(body, { status: 503 })), 'fail http_503')
  await new Promise(setImmediate)
  assert.ok(cancelled)
})

test('a result brings its code, its value and its unit; what is no code stays inside', () => {
  const { status, code, value, unit, text } = outcomeOf({
    status: 'warn',
    code: 'pool_saturated',
    value: 7,
    unit: 'waiting',
    message: 'seven wait',
  })
  assert.deepEqual([status, code, value, unit, text], ['warn', 'pool_saturated', 7, 'waiting', 'seven wait'])
  assert.equal(seen({ status: 'fail', code: 'postgres://u:p@h/db' }), 'fail fail')
  assert.deepEqual(outcomeOf({ status: 'pass', value: Number.NaN, unit: '<script>' }), {
    status: 'pass',
    code: null,
    text: '',
    value: null,
    unit: null,
  })
})

test("an error goes out with its driver's code, wherever that is, and never with its text", () => {
  const coded = (code: unknown, message = 'no'): Error => Object.assign(new Error(message), { code })
  assert.equal(codeOf(coded('ECONNREFUSED')), 'ECONNREFUSED')
  assert.equal(codeOf(coded('57P03')), '57P03')
  assert.equal(codeOf(coded('ER_ACCESS_DENIED_ERROR')), 'ER_ACCESS_DENIED_ERROR')
  assert.equal(codeOf(new TypeError('fetch failed', { cause: coded('ENOTFOUND') })), 'ENOTFOUND')
  assert.equal(codeOf(new Error('LOADING Redis is loading the dataset in memory')), 'LOADING')
  assert.equal(codeOf(new Error("READONLY You can't write against a read only replica.")), 'READONLY')
  assert.equal(codeOf(new DOMException('late', 'TimeoutError')), 'timeout')
  assert.equal(codeOf(coded('db-7.internal:5432')), 'failed')
  assert.equal(codeOf(new Error('password=hunter2')), 'failed')
  assert.equal(codeOf(new RangeError('x')), 'RangeError')
  assert.equal(codeOf(new Error('Connection terminated unexpectedly')), 'disconnected')
  assert.equal(codeOf(new Error('Connection is closed.')), 'disconnected')
  assert.equal(codeOf(new Error('timeout exceeded when trying to connect')), 'timeout')
  const refused = coded('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432')
  const everywhere = Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' })
  assert.deepEqual(outcomeOfError(everywhere).code, 'ECONNREFUSED')
  assert.deepEqual(outcomeOfError(everywhere).text, refused.message)
  for (const odd of ['a text', 7, null, undefined, Symbol('x')]) assert.equal(codeOf(odd), 'failed')
  const circle: { cause?: unknown } = {}
  circle.cause = circle
  assert.equal(codeOf(circle), 'failed')
  assert.equal(outcomeOfError(new Error('outer', { cause: new Error('inner') })).text, 'outer: inner')
})

test('whatever a check does, it is caught', async (t) => {
  const world = await new World(t).with({
    throws: () => {
      throw new Error('no')
    },
    rejects: () => Promise.reject('a text'), // oxlint-disable-line typescript/prefer-promise-reject-errors
    hostile: () => ({
      get status(): string {
        throw new Error('no')
      },
    }),
    thenable: () => ({
      // oxlint-disable-next-line unicorn/no-thenable
      then(): void {
        throw new Error('no')
      },
    }),
    unreadable: () => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw Object.create(null)
    },
    nothing: () => undefined,
  })
  assert.deepEqual(
    world.health.report().checks.map(({ name, status }) => `${name} ${status}`),
    ['throws fail', 'rejects fail', 'hostile fail', 'thenable fail', 'unreadable fail', 'nothing pass']
  )
})
