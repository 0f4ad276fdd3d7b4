import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { MetricsError } from '../../../src/errors.ts'
import { START, batch, box, boxesOf } from '../../../src/storage/cases/ground.ts'
import { postgres } from '../../../src/storage/postgres.ts'
import { type Postgres, somebody, startPostgres } from '../../servers/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-tls-'))
const at = (name: string): string => join(folder, name)
let server: Postgres

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
}

/** An authority of our own, and a certificate by it for `localhost`. */
function certificates(): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=tests')
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost')
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost')
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'server.csr', ...by, '-out', 'server.pem', '-days', '2')
  const user = somebody()
  if (user) for (const name of ['.', 'server.key', 'server.pem']) chownSync(at(name), user.uid, user.gid)
}

before(async () => {
  certificates()
  server = await startPostgres(['ssl=on', `ssl_cert_file=${at('server.pem')}`, `ssl_key_file=${at('server.key')}`])
  const rules = server.sql('SHOW hba_file')
  writeFileSync(rules, readFileSync(rules, 'utf8').replaceAll(/^host /gm, 'hostssl '))
  await server.restart()
})
after(async () => {
  await server.end()
  rmSync(folder, { recursive: true, force: true })
})

const url = (host: string, query: string): string =>
  `postgres://postgres:secret@${host}:${server.port}/postgres${query}`
const ca = (): string => `&sslrootcert=${at('ca.pem')}`

test('encrypted connections work as the words of PostgreSQL say', async () => {
  const places = [
    url('127.0.0.1', '?sslmode=require'),
    url('127.0.0.1', '?sslmode=no-verify'),
    url('127.0.0.1', `?sslmode=verify-ca${ca()}`),
    url('localhost', `?sslmode=verify-full${ca()}`),
  ]
  for (const place of places) {
    const driver = postgres(place)
    await driver.open()
    await driver.put(batch({ boxes: [box(START)] }))
    assert.equal((await boxesOf(driver)).length, 1)
    await driver.close()
  }
  const own = postgres(url('localhost', ''), { tls: { ca: readFileSync(at('ca.pem')) } })
  await own.open()
  await own.close()
})

test('what an encrypted connection fails by is told, and nothing is sent in the clear instead', async () => {
  const refusals = [
    [url('127.0.0.1', ''), /wants encryption/, /sslmode=require/],
    [url('127.0.0.1', '?sslmode=disable'), /wants encryption/, /sslmode=require/],
    [url('127.0.0.1', '?sslmode=verify-full'), /not trusted/, /sslrootcert/],
    [url('127.0.0.1', `?sslmode=verify-full${ca()}`), /another name/, /verify-ca/],
    [url('127.0.0.1', `?sslmode=require&sslrootcert=${at('server.pem')}`), /certificate/, /./],
  ] as const
  for (const [place, words, fix] of refusals) {
    const driver = postgres(place)
    await assert.rejects(
      async () => driver.open(),
      (error) => {
        assert.ok(error instanceof MetricsError, String(error))
        assert.match(error.message, words)
        return error.code === 'storage_unwritable' && fix.test(error.hint ?? '')
      }
    )
    await driver.close()
  }
})
