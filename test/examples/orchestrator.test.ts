import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { installSystem, searchPath } from '../../scripts/system.ts'
import { deployment, environment, home, probes } from './manifest.ts'
import { built, eventually, folder, freePort, type Program, start } from './world.ts'

before(built)

const KEY = 'a-key-for-reading-only'

interface Pod {
  readonly origin: string
  readonly program: Program
}

/** Starts the example's container as the manifest has it, on a port and in a folder of its own. */
async function started(t: TestContext, own: Readonly<Record<string, string>> = {}): Promise<Pod> {
  const port = String(await freePort())
  const program = start(t, process.execPath, [join(home, 'app.js')], {
    cwd: folder(t),
    env: {
      ...environment(KEY),
      NODE_ENV: 'production',
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
      METRICS_STORAGE: `sqlite://${join(folder(t), 'metrics.db')}`,
      PORT: port,
      ...own,
    },
  })
  const origin = `http://127.0.0.1:${port}`
  await eventually(() => fetch(origin), program.said)
  return { origin, program }
}

/** Asks a probe of the manifest as a kubelet does: 200 to 399 within its time, redirects followed nowhere. */
async function passes({ origin }: Pod, name: keyof typeof probes): Promise<boolean> {
  const { httpGet, timeoutSeconds } = probes[name]
  const signal = AbortSignal.timeout(timeoutSeconds! * 1000)
  const { status } = await fetch(origin + httpGet!.path, { signal, redirect: 'manual' })
  return status >= 200 && status < 400
}

async function passing(pod: Pod): Promise<string[]> {
  const names = Object.keys(probes) as (keyof typeof probes)[]
  const passed = await Promise.all(names.map(async (name) => ((await passes(pod, name)) ? name : '')))
  return passed.filter((name) => name !== '')
}

test('a pod starts, is ready, is told to go, serves on while it is not ready, and ends in its time', async (t) => {
  const pod = await started(t, { WARM_UP_MS: '1500', DRAIN_DELAY: '2s' })
  assert.deepEqual(await passing(pod), ['liveness'])
  await eventually(async () => ((await passes(pod, 'startup')) ? true : undefined), pod.program.said)
  assert.deepEqual(await passing(pod), ['startup', 'liveness', 'readiness'])

  const closed = once(pod.program.child, 'close')
  pod.program.child.kill('SIGTERM')
  await eventually(async () => ((await passes(pod, 'readiness')) ? undefined : true), pod.program.said)
  assert.deepEqual(await passing(pod), ['startup', 'liveness'])
  const late = await fetch(pod.origin)
  assert.deepEqual([late.status, late.headers.get('connection')], [200, 'close'])
  const patience = deployment.spec!.template.spec!.terminationGracePeriodSeconds! * 1000
  const end = await Promise.race([closed, pause(patience, 'killed', { ref: false })])
  assert.deepEqual(end, [null, 'SIGTERM'])
})

test('probes need no key and say one word; numbers need the key of the Secret', async (t) => {
  const { origin } = await started(t)
  const told = await fetch(`${origin}/health/live`)
  assert.equal(await told.text(), '{"status":"pass"}\n')
  assert.equal((await fetch(`${origin}/metrics`)).status, 401)
  const scraped = await fetch(`${origin}/metrics?format=prometheus`, { headers: { authorization: `Bearer ${KEY}` } })
  assert.equal(scraped.status, 200)
  assert.match(await scraped.text(), /^http_requests_total\{.*endpoint=/m)
})

test('with the Secret as it comes nobody may read', async (t) => {
  const { origin } = await started(t, { METRICS_READ_KEY: '' })
  assert.equal((await fetch(`${origin}/metrics`)).status, 401)
})

test("the image's HEALTHCHECK follows readiness", async (t) => {
  const file = readFileSync(join(home, 'Dockerfile'), 'utf8')
  const [command, ...args] = JSON.parse(/^HEALTHCHECK [\s\S]*?CMD (\[.*\])$/m.exec(file)![1]!) as string[]
  assert.equal(command, 'node')
  const { origin, program } = await started(t, { WARM_UP_MS: '1000' })
  const check = async (): Promise<number> => {
    const own = args.map((argument) => argument.replace('http://127.0.0.1:3000', origin))
    assert.notDeepEqual(own, args)
    try {
      await promisify(execFile)(process.execPath, own)
      return 0
    } catch (error) {
      return Number((error as { code: unknown }).code)
    }
  }
  assert.equal(await check(), 1)
  await eventually(async () => ((await check()) === 0 ? true : undefined), program.said)
  program.child.kill('SIGKILL')
  await once(program.child, 'close')
  assert.equal(await check(), 1)
})

test('a Prometheus server finds the pod by its annotations and reads it with the key', async (t) => {
  assert.equal(await installSystem(), undefined)
  const { origin } = await started(t)
  const ask = await scraping(t, new URL(origin).port)
  const found = await eventually(ask.instant, ask.said)
  assert.equal(found[0]!.metric['pod'], 'app-5d9c')
  assert.equal(found[0]!.value[1], '1')
})

type Found = readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[]

interface Ask {
  readonly instant: () => Promise<Found | undefined>
  readonly said: () => string
}

/** The example's configuration, with what a cluster would tell of the pod in a file: Debian's build knows no clusters. */
async function scraping(t: TestContext, port: string): Promise<Ask> {
  const own = folder(t)
  const meta = Object.entries(deployment.spec!.template.metadata!.annotations!).map(([name, value]) => [
    `__meta_kubernetes_pod_annotation_${name.replaceAll(/[./]/g, '_')}`,
    name.endsWith('/port') ? port : value,
  ])
  const labels = { ...(Object.fromEntries(meta) as object), __meta_kubernetes_pod_name: 'app-5d9c' }
  writeFileSync(join(own, 'pods.json'), JSON.stringify([{ targets: ['127.0.0.1:9'], labels }]))
  writeFileSync(join(own, 'key'), KEY)
  const example = readFileSync(join(home, 'prometheus.yml'), 'utf8')
  const changed = example
    .replace(/kubernetes_sd_configs:\n\s+- role: pod/, `file_sd_configs: [{ files: ['${join(own, 'pods.json')}'] }]`)
    .replace(/credentials_file: .*/, `credentials_file: ${join(own, 'key')}`)
  writeFileSync(join(own, 'prometheus.yml'), `global: { scrape_interval: 1s }\n${changed}`)
  const web = await freePort()
  const { said } = start(
    t,
    'prometheus',
    [
      `--config.file=${join(own, 'prometheus.yml')}`,
      `--storage.tsdb.path=${own}`,
      `--web.listen-address=127.0.0.1:${web}`,
    ],
    { cwd: own, env: { PATH: searchPath } }
  )
  const instant = async (): Promise<Found | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${web}/api/v1/query?query=up`)
    const { data } = (await answer.json()) as { data: { result: Found } }
    return data.result.some(({ value }) => value[1] === '1') ? data.result : undefined
  }
  return { instant, said }
}
