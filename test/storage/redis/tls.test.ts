import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { MetricsError } from '../../../src/errors.ts'
import { redis } from '../../../src/storage/redis.ts'
import { freePort } from '../../servers/daemon.ts'
import { type Redis, startRedis } from '../../servers/redis.ts'

let folder = ''
let secure: Redis
const file = (name: string): string => join(folder, name)
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-tls-'))
  const subject = ['-subj', '/CN=metrics', '-addext', 'subjectAltName=DNS:localhost']
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    ...subject
  )
  const plain = await freePort()
  const files = [
    '--tls-cert-file',
    file('cert.pem'),
    '--tls-key-file',
    file('key.pem'),
    '--tls-ca-cert-file',
    file('cert.pem'),
  ]
  secure = await startRedis(['--tls-port', `${plain}`, '--port', '0', ...files])
  Object.assign(secure, { port: plain })
})
after(async () => {
  await secure.end()
  rmSync(folder, { recursive: true })
})

const says = async (url: string): Promise<string> => {
  const driver = redis(url)
  const fault: unknown = await Promise.resolve(driver.open()).then(
    () => 'open',
    (error: unknown) => error
  )
  await driver.close()
  return fault instanceof MetricsError ? `${fault.message}; ${fault.hint}` : String(fault)
}

test('certificates are checked, and what is wrong with them is said', async () => {
  const { port } = secure
  const ours = `ca=${file('cert.pem')}&cert=${file('cert.pem')}&key=${file('key.pem')}`
  assert.equal(await says(`rediss://localhost:${port}?${ours}`), 'open')
  assert.match(await says(`rediss://localhost:${port}`), /not known.*ca=/)
  assert.match(await says(`rediss://127.0.0.1:${port}?${ours}`), /not valid for it.*servername/)
  assert.equal(await says(`rediss://127.0.0.1:${port}?${ours}&servername=localhost`), 'open')
  assert.match(await says(`rediss://localhost:${port}?ca=${file('cert.pem')}`), /certificate of ours.*key=/)
  assert.match(await says(`rediss://localhost:${port}?ca=/no/such.pem`), /The file \/no\/such\.pem cannot be read/)
  assert.match(await says(`redis://localhost:${port}`), /rediss:\/\//)
  assert.match(
    await says(`rediss://localhost:${port}?${ours.replace('ca', 'x')}`).catch(String),
    /bad_option|parameter 'x'/
  )
})
