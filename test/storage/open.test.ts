import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { MetricsError } from '../../src/errors.ts'
import { memory } from '../../src/storage/memory.ts'
import { connect } from '../../src/storage/open.ts'
import { placeOf } from '../../src/storage/place.ts'
import { sqlite } from '../../src/storage/sqlite.ts'

test('a URL names a file relative to the folder of the app, or from the root', () => {
  const cases = {
    'sqlite://metrics.db': resolve('metrics.db'),
    'sqlite://./data/metrics.db': resolve('data/metrics.db'),
    'sqlite://data/metrics.db': resolve('data/metrics.db'),
    'sqlite:///var/lib/metrics.db': '/var/lib/metrics.db',
    'sqlite:metrics.db': resolve('metrics.db'),
    'SQLite://metrics.db': resolve('metrics.db'),
    ' sqlite://metrics.db ': resolve('metrics.db'),
    'sqlite:///my%20data/m%C3%A9trics.db': '/my data/métrics.db',
    'sqlite:///metrics.db': '/metrics.db',
  }
  for (const [url, path] of Object.entries(cases)) assert.deepEqual(placeOf(url), { kind: 'sqlite', path, options: {} })
})

test('memory has several spellings', () => {
  for (const url of ['memory://', 'memory:', 'sqlite://:memory:', 'sqlite:///:memory:']) {
    assert.deepEqual(placeOf(url), { kind: 'memory' })
  }
})

test('what can never work is a bad option that names the value and the fix, and hides what may be secret', () => {
  const values = [
    'metrics.db',
    '',
    'mongodb://x',
    'redis://user:secret@host/metrics',
    'rediss://:secret@host?sercet=secret',
    'redis+cluster://secret/1',
    'redis+sentinel://:secret@host',
    'redis+unix://:secret@',
    'redis://:secret@a,b',
    'redis://:secret@host:99999',
    'sqlite://',
    'sqlite:///',
    'sqlite://data/',
    'sqlite://m.db?mode=ro',
    'sqlite://100%.db',
    'sqlite://a%00b',
    'memory://name',
  ]
  for (const value of values) {
    assert.throws(
      () => placeOf(value),
      (error) => {
        assert.ok(error instanceof MetricsError, value)
        assert.equal(error.code, 'bad_option')
        assert.equal(error.parameter, 'storage')
        assert.match(error.message, /^Option `storage` is /)
        assert.ok((error.hint ?? '').length > 0)
        assert.equal(error.message.includes('secret'), false)
        return true
      }
    )
  }
  for (const value of [undefined, null, 5, {}, { open: 1 }]) {
    assert.throws(
      () => placeOf(value as never),
      (error) => error instanceof MetricsError && error.code === 'bad_option'
    )
  }
})

test('a driver of the app is taken as it is, our own for SQLite can move to a thread', async () => {
  const driver = memory()
  assert.deepEqual(placeOf(driver), { kind: 'custom', driver })
  const clock = { now: () => 0, monotonic: () => 0 }
  const place = placeOf(sqlite('x.db', { patience: 5, clock }))
  assert.deepEqual(place, { kind: 'sqlite', path: resolve('x.db'), options: { patience: 5 } })
  assert.doesNotThrow(() => structuredClone(place))
  const opened = await connect({ kind: 'custom', driver })
  assert.deepEqual(opened.standing(), { mode: 'memory', driver: 'memory', problem: null })
})

test('memory opens at once and says so', async () => {
  const { driver, standing } = await connect({ kind: 'memory' })
  assert.equal((await driver.size()).events, 0)
  assert.deepEqual(standing(), { mode: 'memory', driver: 'memory', problem: null })
})

test('a file wanted in the root by mistake is told about its slashes', async (t) => {
  t.mock.method(process, 'getBuiltinModule', () => undefined)
  const { standing } = await connect({
    kind: 'sqlite',
    path: join('/', 'metrics.db'),
    options: { engine: 'node:sqlite' },
  })
  assert.match(
    standing().problem ?? '',
    /sqlite:\/\/\/metrics\.db is in the root folder, sqlite:\/\/metrics\.db beside/
  )
})
