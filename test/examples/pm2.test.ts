import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { run } from '../../scripts/step.ts'
import { built, eventually, folder, freePort, root, start } from './world.ts'
import { Traffic } from './traffic.ts'

before(built)

const require = createRequire(import.meta.url)
const home = join(root, 'examples', 'pm2')
const config = join(home, 'ecosystem.config.cjs')
const bin = join(dirname(require.resolve('pm2/package.json')), 'bin')
const KEY = 'a-key-for-reading-only'

interface Pm2 {
  readonly origin: string
  readonly said: () => string
  /** A command, as one gives it beside a running PM2. */
  readonly command: (...args: readonly string[]) => Promise<string>
  /** Ends PM2 and all that it runs, by the signal that a container gets. */
  readonly end: () => Promise<void>
}

interface Listed {
  readonly pid: number
  readonly pm2_env: { readonly status: string; readonly exec_mode: string; readonly restart_time: number }
}

async function started(t: TestContext): Promise<Pm2> {
  const [own, port] = [folder(t), await freePort()]
  const env = {
    PM2_HOME: join(own, 'pm2'),
    PM2_DISABLE_VERSION_CHECK: 'true',
    PORT: String(port),
    METRICS_KEY: KEY,
    METRICS_STORAGE: `sqlite://${join(own, 'metrics.db')}`,
  }
  // In the foreground, as in a container, so that no daemon outlives the test; all else is as with `pm2 start`.
  const { child, said } = start(t, process.execPath, [join(bin, 'pm2-runtime'), 'start', config], { cwd: own, env })
  const origin = `http://127.0.0.1:${port}`
  await eventually(() => fetch(origin), said)
  const command = async (...args: readonly string[]): Promise<string> => {
    // With none to talk to, pm2 would start one that stays.
    assert.equal(child.exitCode, null, said())
    const ended = await run(process.execPath, [join(bin, 'pm2'), ...args], { quiet: true, env })
    assert.equal(ended.code, 0, ended.output)
    return ended.output
  }
  const end = async (): Promise<void> => {
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGTERM')
    await closed
  }
  return { origin, said, command, end }
}

async function online({ command }: Pm2): Promise<readonly Listed[]> {
  const output = await command('jlist')
  const all = JSON.parse(output.slice(output.indexOf('[{'))) as readonly Listed[]
  return all.filter(({ pm2_env: { status } }) => status === 'online')
}

async function ask<T>({ origin }: Pm2, path: string): Promise<T> {
  const answer = await fetch(origin + path, { headers: { authorization: `Bearer ${KEY}` } })
  return (await answer.json()) as T
}

test('a reload of four instances under traffic loses no request and no number', async (t) => {
  const pm2 = await started(t)
  const four = await eventually(async () => {
    const all = await online(pm2)
    return all.length === 4 ? all : undefined
  }, pm2.said)
  assert.deepEqual([...new Set(four.map(({ pm2_env: { exec_mode } }) => exec_mode))], ['cluster_mode'])

  const traffic = new Traffic(pm2.origin)
  await traffic.until(40)
  await pm2.command('reload', config)
  await traffic.until(traffic.answered + 40)
  await traffic.stop()
  assert.deepEqual(traffic.failures, [], pm2.said())
  const after = await online(pm2)
  assert.equal(after.length, 4)
  const old = new Set(four.map(({ pid }) => pid))
  assert.deepEqual(
    after.filter(({ pid }) => old.has(pid)),
    []
  )

  // The first one of all was asked whether it is there.
  await traffic.countedIn(async () => {
    const { total } = await ask<{ total: number }>(pm2, '/metrics/query?metric=http_requests&from=1h')
    return total
  }, 1)
  await pm2.end()
})

test("PM2's own file is one that PM2 takes, and leaves time to drain", () => {
  const { apps } = require(config) as { apps: readonly Record<string, unknown>[] }
  const [app] = apps
  assert.equal(app?.['instances'], 4)
  assert.ok(Number(app?.['kill_timeout']) > 2_000)
})
