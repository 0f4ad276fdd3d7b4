import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test, type TestContext } from 'node:test'
import { recognise } from '../../../src/health/clients/recognise.ts'
import { Metrics } from '../../../src/index.ts'

/** Refuses to be looked at in every way there is. */
const hostile = new Proxy(
  {},
  {
    get: () => assert.fail('it was read'),
    has: () => assert.fail('it was asked'),
    ownKeys: () => assert.fail('it was listed'),
    getPrototypeOf: () => assert.fail('its prototype was asked for'),
    getOwnPropertyDescriptor: () => assert.fail('it was described'),
  }
)

function metrics(t: TestContext): Metrics {
  const made = new Metrics({ storage: 'memory://', log: () => undefined })
  t.after(() => made.close())
  return made
}

test('what is no client is refused, with a list of what is known', (t) => {
  const own = metrics(t)
  const odd = [
    undefined,
    null,
    42,
    'postgres://u:hunter2@h/db',
    Symbol('x'),
    7n,
    true,
    {},
    [],
    new Map(),
    new EventEmitter(),
  ]
  for (const target of [...odd, Promise.resolve(), Object.create(null), hostile, { query: 1 }, { ping: () => 1 }]) {
    assert.throws(
      () => own.check('it', target as object),
      (error: Error & { code?: string; hint?: string }) => {
        assert.equal(error.code, 'bad_option')
        assert.match(error.message, /check 'it'/)
        assert.match(`${error.hint}`, /pg \(Pool, Client\), postgres, mysql2.*ioredis.*Prisma.*\{ http/)
        assert.doesNotMatch(error.message, /hunter2/)
        return true
      }
    )
  }
})

test('a client of MongoDB is told what to write', (t) => {
  const client = { db: () => undefined, startSession: () => undefined, connect: () => undefined }
  assert.throws(() => metrics(t).check('mongo', client), /command\(\{ ping: 1 \}\)/)
})

test('getters are not read to find out what something is', () => {
  const touchy = {
    get query(): never {
      return assert.fail('it was read')
    },
    get connect(): never {
      return assert.fail('it was read')
    },
    get status(): never {
      return assert.fail('it was read')
    },
    get $client(): never {
      return assert.fail('it was read')
    },
  }
  assert.equal(recognise(touchy), undefined)
  assert.equal(recognise(hostile), undefined)
  const endless: object = new Proxy({}, { getPrototypeOf: () => endless })
  assert.equal(recognise(endless), undefined)
})

test('a function of the app is called as it is', async (t) => {
  const own = metrics(t)
  let runs = 0
  own.check('it', () => void runs++)
  own.check(
    'with properties',
    Object.assign(() => void runs++, { query: 1, end: true, raw: 'x' })
  )
  for (let i = 0; i < 500 && runs < 2; i++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(runs, 2)
})

test('{ sql } refuses what asks nothing, and does not show what it was given', (t) => {
  const own = metrics(t)
  for (const sql of ['postgres://u:hunter2@h/db', undefined, {}, 42, () => undefined]) {
    assert.throws(
      () => own.check('it', { sql }),
      (error: Error) => /\{ sql \}/.test(error.message) && !error.message.includes('hunter2')
    )
  }
  assert.throws(() => own.check('it', { sql: { query: () => 1 }, timeout: '1s' }), /timeout/)
})
