import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricsError } from '../../../src/errors.ts'
import { redis } from '../../../src/storage/redis.ts'
import { faultOf } from '../../../src/storage/redis/faults.ts'
import { Keys } from '../../../src/storage/redis/keys.ts'
import { targetOf } from '../../../src/storage/redis/url.ts'

const here = { kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], db: 0 }

test('a URL says where Redis is and who we are there', () => {
  const cases: Readonly<Record<string, object>> = {
    'redis://': here,
    'redis:': here,
    'redis://localhost': here,
    'valkey://localhost/': here,
    ' REDIS://localhost:6379/0 ': here,
    'redis://h:7000/3': { ...here, nodes: [{ host: 'h', port: 7000 }], db: 3 },
    'redis://h?db=3': { ...here, nodes: [{ host: 'h', port: 6379 }], db: 3 },
    'redis://[::1]:7000': { ...here, nodes: [{ host: '::1', port: 7000 }] },
    'redis://me:pa%40ss@localhost': { ...here, username: 'me', password: 'pa@ss' },
    'redis://:pass@localhost': { ...here, password: 'pass' },
    'redis://:p/a@s?s#%w@localhost/1': { ...here, password: 'p/a@s?s#%w', db: 1 },
    'redis://localhost?prefix=@acme/shop': { ...here, prefix: '@acme/shop' },
    'redis://:a@localhost/2?prefix=%7Bx%7D': { ...here, password: 'a', db: 2, prefix: '{x}' },
    'rediss://localhost?ca=/ca.pem&verify=no': { ...here, tls: { ca: '/ca.pem', verify: false } },
    'valkeys://localhost': { ...here, tls: {} },
    'redis+cluster://:p@a,b:7001': {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7001 },
      ],
      db: 0,
      password: 'p',
    },
    'rediss+sentinel://a,b:1/mine/2?sentinel_password=s': {
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 1 },
      ],
      name: 'mine',
      db: 2,
      sentinelPassword: 's',
      tls: {},
    },
    'redis+unix:///run/redis.sock?db=2': { kind: 'single', nodes: [], path: '/run/redis.sock', db: 2 },
  }
  for (const [url, target] of Object.entries(cases)) assert.deepEqual(targetOf(url), target, url)
})

test('what can never work is a bad option, and says nothing that may be secret', () => {
  for (const url of [
    'redis://:secret@host/metrics',
    'redis://:secret@a,b',
    'redis://:secret@host:99999',
    'redis://:secret@ho st',
    'redis://:sec?secret=1',
    'redis+cluster://:secret@host/1',
    'redis+sentinel://:secret@host',
    'redis+unix://:secret@host',
  ]) {
    assert.throws(
      () => targetOf(url),
      (error) =>
        error instanceof MetricsError &&
        error.code === 'bad_option' &&
        (url.includes('sec?secret') || !error.message.includes('secret')),
      url
    )
  }
  for (const make of [
    () => redis(undefined as never),
    () => redis({} as never),
    () => redis('redis://localhost', { prefix: '' }),
    () => redis('redis://localhost', { prefix: '{}' }),
    () => redis('redis://localhost', { timeout: Number.NaN }),
    () => redis('http://localhost'),
  ])
    assert.throws(make, { code: 'bad_option' })
})

test('all keys of a store have one hash tag', () => {
  for (const [prefix, tag] of Object.entries({
    shop: '{shop}',
    'a{b}c': 'a{b}c',
    '{x': '{x}',
    'pocketmetrics:{app}': 'pocketmetrics:{app}',
  })) {
    const keys = new Keys(prefix)
    assert.equal(keys.meta, `${tag}:meta`)
    assert.equal(keys.boxes({ shelf: 's1h', span: 5 }), `${tag}:s1h:5`)
  }
})

test('what servers before version 7 say from within a script is understood, too', () => {
  const from = (said: string): string =>
    faultOf(new Error(`ERR Error running script (call to f_ab): @user_script:7: @user_script: 7: -${said}`)).code
  assert.equal(from("READONLY You can't write against a read only replica."), 'storage_readonly')
  assert.equal(from("OOM command not allowed when used memory > 'maxmemory'."), 'storage_full')
  assert.equal(from("NOPERM this user has no permissions to run the 'hset' command"), 'storage_unwritable')
  assert.equal(from('something that nobody has heard of'), 'storage_failed')
})
