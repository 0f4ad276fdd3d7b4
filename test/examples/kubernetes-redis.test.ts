import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { ISecret } from 'kubernetes-models/v1/Secret'
import type { IService } from 'kubernetes-models/v1/Service'
import { program } from '../../scripts/system.ts'
import { startRedis } from '../servers/redis.ts'
import { container as alone, home, probes, type Resource, resources } from './manifest.ts'
import { mistyped, refused } from './schemas.ts'
import { Traffic } from './traffic.ts'
import { built, eventually, folder, freePort, type Program, root, start } from './world.ts'

before(built)

const all = ['app.yaml', 'redis.yaml', 'secret.yaml'].flatMap((file) =>
  resources(file, join(root, 'examples', 'kubernetes-redis'))
)
const of = <T>(kind: string, name: string): T =>
  all.find((one) => one.kind === kind && (one as Resource & ISecret).metadata!.name === name) as T
const app = of<IDeployment>('Deployment', 'app')
const server = of<IStatefulSet>('StatefulSet', 'metrics-redis')
const secret = of<ISecret>('Secret', 'app-metrics')
const [container] = app.spec!.template.spec!.containers as [IContainer]
const [redis] = server.spec!.template.spec!.containers as [IContainer]
const SECRETS: Readonly<Record<string, string>> = { METRICS_READ_KEY: 'only-for-reading', REDIS_PASSWORD: '5e1ec7' }

test('every resource is valid by the published schema of its kind, and no field is misspelt', async (t) => {
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ['Deployment', 'PodDisruptionBudget', 'Service', 'StatefulSet', 'Service', 'Secret']
  )
  assert.deepEqual(
    all.map(refused),
    all.map(() => '')
  )
  assert.equal(await mistyped(t, all), '')
})

test('the parts fit together, and what is not about Redis is as with one pod', () => {
  assert.equal(app.spec!.replicas, 3)
  const named = [container, redis].flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
  )
  for (const { name, key } of named) assert.ok(name === secret.metadata!.name && key in secret.stringData!)
  // What stands in a public repository is everybody's.
  assert.deepEqual([...new Set(Object.values(secret.stringData!))], [''])
  const { hostname, port } = new URL(environment(container, 'app-0')['METRICS_STORAGE']!)
  const service = of<IService>('Service', 'metrics-redis')
  assert.deepEqual([hostname, Number(port)], [service.metadata!.name, service.spec!.ports![0]!.port])
  assert.deepEqual(service.spec!.selector, server.spec!.template.metadata!.labels)
  const [mount] = redis.volumeMounts!
  assert.equal(server.spec!.volumeClaimTemplates![0]!.metadata!.name, mount!.name)
  assert.deepEqual(
    [container.startupProbe, container.livenessProbe, container.readinessProbe, container.lifecycle],
    [probes.startup, probes.liveness, probes.readiness, alone.lifecycle]
  )
})

/** What a container is started with: secrets, the pod's name, and `$(NAME)` of what stands above, as a kubelet has it. */
function environment({ env = [] }: IContainer, pod: string): Record<string, string> {
  const given: Record<string, string> = {}
  for (const { name, value = '', valueFrom } of env) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {}
    assert.equal(fieldRef?.fieldPath ?? 'metadata.name', 'metadata.name')
    given[name] = fieldRef === undefined ? (SECRETS[secretKeyRef?.key ?? ''] ?? value) : pod
    given[name] = filled(given[name], given)
  }
  return given
}

function filled(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => given[name] ?? whole)
}

interface Pod {
  readonly name: string
  readonly origin: string
  readonly program: Program
}

async function started(t: TestContext, name: string, url: string): Promise<Pod> {
  const port = String(await freePort())
  const own = environment(container, name)
  const storage = own['METRICS_STORAGE']!.replace('metrics-redis:6379', new URL(url).host)
  assert.notEqual(storage, own['METRICS_STORAGE'])
  const program = start(t, process.execPath, [join(home, 'app.js')], {
    cwd: folder(t),
    env: { ...own, NODE_ENV: 'production', METRICS_STORAGE: storage, PORT: port, DRAIN_DELAY: '500ms' },
  })
  const origin = `http://127.0.0.1:${port}`
  await eventually(async () => ((await ready(origin)) ? true : undefined), program.said)
  return { name, origin, program }
}

/** Asks as a kubelet does. */
async function ready(origin: string): Promise<boolean> {
  const { httpGet, timeoutSeconds } = container.readinessProbe!
  const signal = AbortSignal.timeout(timeoutSeconds! * 1000)
  return (await fetch(origin + httpGet!.path, { signal, redirect: 'manual' })).status === 200
}

async function asked<T>({ origin }: Pod, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${SECRETS['METRICS_READ_KEY']}` }
  return (await (await fetch(origin + path, { headers })).json()) as T
}

const total = async (pod: Pod): Promise<number> =>
  (await asked<{ total: number }>(pod, '/metrics/query?metric=http_requests&from=1h')).total

test('three pods answer for all of them, stay ready without Redis, and lose nothing when one goes', async (t) => {
  const given = environment(redis, 'metrics-redis-0')
  const [command, ...args] = redis.args!.map((one) => filled(one, given))
  assert.equal(command, 'redis-server')
  const store = await startRedis(args, ['--no-auth-warning', '-a', SECRETS['REDIS_PASSWORD']!])
  t.after(() => store.end())
  const [tool, ...ping] = redis.readinessProbe!.exec!.command!
  const pong = await promisify(execFile)(program(tool!), ['-p', `${store.port}`, ...ping], { env: given })
  assert.equal(pong.stdout.trim(), 'PONG')

  const names = Array.from({ length: app.spec!.replicas! }, (_, index) => `app-${index}`)
  const pods = await Promise.all(names.map((name) => started(t, name, store.url)))
  const traffic = new Traffic(...pods.map(({ origin }) => origin))
  await traffic.until(30)
  await store.stop()
  await traffic.until(traffic.answered + 30)
  for (const { origin } of pods) assert.ok(await ready(origin), 'a store that is away takes no pod out of the traffic')
  await store.start()
  await traffic.stop()
  assert.deepEqual(traffic.failures, [])
  for (const pod of pods) await traffic.countedIn(() => total(pod))

  const { data } = await asked<{ data: { instance: string }[] }>(
    pods[0]!,
    '/metrics/query?metric=http_requests&from=1h&group_by=instance'
  )
  assert.deepEqual(data.map(({ instance }) => instance).toSorted(), names)

  // Its last numbers are on their way when it is told to go.
  const [gone, ...left] = pods as [Pod, ...Pod[]]
  assert.equal((await fetch(gone.origin)).status, 200)
  const closed = once(gone.program.child, 'close')
  gone.program.child.kill('SIGTERM')
  assert.deepEqual(await closed, [null, 'SIGTERM'])
  for (const pod of left) await traffic.countedIn(() => total(pod), 1)
})
