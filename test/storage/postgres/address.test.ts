import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricsError } from '../../../src/errors.ts'
import { isFar, placeOf } from '../../../src/storage/place.ts'
import { postgres } from '../../../src/storage/postgres.ts'
import { type Address, addressOf } from '../../../src/storage/postgres/address.ts'
import { faultOf, isContended, isCut } from '../../../src/storage/postgres/faults.ts'
import { Overdue } from '../../../src/storage/postgres/line.ts'

const ADDRESSES: Readonly<Record<string, Partial<Address>>> = {
  'postgres://u:p@h:6432/d': { user: 'u', password: 'p', host: 'h', port: 6432, database: 'd' },
  'postgresql://u@h/d': { user: 'u', host: 'h', database: 'd' },
  'postgres://': {},
  'postgres:///d': { database: 'd' },
  'postgres://u:p@/d?host=/run/postgresql': { user: 'u', password: 'p', host: '/run/postgresql', database: 'd' },
  'postgres://%2Frun%2Fpostgresql/d': { host: '/run/postgresql', database: 'd' },
  'postgres://u:p@[::1]:5432/d': { user: 'u', password: 'p', host: '::1', port: 5432, database: 'd' },
  'postgres://u:p%40%2F%23@h/d': { user: 'u', password: 'p@/#', host: 'h', database: 'd' },
  'postgres://u:p@/#?:100%@h/d': { user: 'u', password: 'p@/#?:100%', host: 'h', database: 'd' },
  'postgres://h/d?user=u&password=p&port=5': { user: 'u', password: 'p', host: 'h', port: 5, database: 'd' },
  'postgres://h/d?sslmode=require&channel_binding=require': { host: 'h', database: 'd', ssl: 'require' },
  'postgres://h/d?sslmode=no-verify': { host: 'h', database: 'd', ssl: 'require' },
  'postgres://h/d?sslmode=verify-full&sslrootcert=/ca.pem': {
    host: 'h',
    database: 'd',
    ssl: 'verify-full',
    ca: '/ca.pem',
  },
  'postgres://h/d?sslmode=prefer': { host: 'h', database: 'd', ssl: 'disable' },
  'postgres://h/d?ssl=true': { host: 'h', database: 'd', ssl: 'require' },
  'postgres://h/d?schema=shop': { host: 'h', database: 'd', schema: 'shop' },
}

for (const [url, expected] of Object.entries(ADDRESSES)) {
  test(`${url} is read`, () => {
    const read = Object.entries(addressOf(url)).filter(([, value]) => value !== undefined)
    assert.deepEqual(Object.fromEntries(read), expected)
  })
}

test('a URL that cannot be read is a bad option that names a fix, and shows nothing secret', () => {
  for (const url of [
    'postgres://u:secret@h:99999/d',
    'postgres://u:secret@h1:1,h2:2/d',
    'postgres://u:secret@h/d?sslmode=sometimes',
    'postgres://u:secret@h/d?schema=a-b',
    'postgres://u:secret@h/d?schema=pg_catalog',
    'postgres://h/d#secret',
  ]) {
    for (const make of [() => placeOf(url), () => postgres(url)]) {
      assert.throws(make, (error) => {
        assert.ok(error instanceof MetricsError && error.code === 'bad_option' && error.parameter === 'storage')
        return (error.hint ?? '').length > 10 && !error.message.includes('secret')
      })
    }
  }
})

test('a driver by URL moves to the thread with its options, one over a pool or with functions stays here', () => {
  const url = 'postgres://u:p@h/d'
  assert.deepEqual(placeOf(url), { kind: 'postgres', url, options: {} })
  const clock = { now: () => 0, monotonic: () => 0 }
  assert.deepEqual(placeOf(postgres(url, { schema: 'x', clock })), { kind: 'postgres', url, options: { schema: 'x' } })
  const stays = [
    postgres(url, { tls: { checkServerIdentity: () => undefined } }),
    postgres({ totalCount: 0, connect: () => undefined } as never),
  ]
  for (const driver of stays) assert.deepEqual(placeOf(driver), { kind: 'custom', driver })
  assert.deepEqual([url, 'postgresql://h', postgres(url), 'sqlite://x', 'memory://'].map(isFar), [
    true,
    true,
    true,
    false,
    false,
  ])
})

const said = (message: string, code?: string): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code })

test('what servers, poolers and libraries say becomes a line with a fix', () => {
  const lines = [
    [
      said('no pg_hba.conf entry for host "10.0.0.1", user "u", no encryption', '28000'),
      'storage_unwritable',
      'wants encryption',
    ],
    [said('role "u" is not permitted to log in', '28000'), 'storage_unwritable', 'does not let this user in'],
    [
      said('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'),
      'storage_unwritable',
      'not trusted',
    ],
    [said('timeout exceeded when trying to connect'), 'storage_timeout', 'gave no connection in time'],
    [said('no more connections allowed (max_client_conn)', '08P01'), 'storage_busy', 'no connection left'],
    [said('could not extend file: No space left on device', '53100'), 'storage_full', 'full disk'],
    [said('the database system is starting up', '57P03'), 'storage_busy', 'starting or stopping'],
    [said('canceling statement due to statement timeout', '57014'), 'storage_timeout', 'too long'],
    [said('Connection terminated unexpectedly'), 'storage_failed', 'broke the connection off'],
    [said('something new', '99999'), 'storage_failed', 'something new'],
    [new Overdue(), 'storage_timeout', 'does not answer'],
    ['a text', 'storage_failed', 'a text'],
  ] as const
  for (const [error, code, words] of lines) {
    const fault = faultOf(error)
    assert.deepEqual(
      [fault.code, fault.message.includes(words), (fault.hint ?? '').length > 0],
      [code, true, true],
      fault.message
    )
    assert.doesNotMatch(fault.message, /10\.0\.0\.1/)
  }
  assert.ok(isContended(said('deadlock detected', '40P01')) && !isContended(undefined))
  assert.ok(isCut(said('read ECONNRESET', 'ECONNRESET')) && !isCut(new Overdue()) && !isCut(said('x', '23505')))
})
