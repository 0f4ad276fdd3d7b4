import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './step.ts'

const REQUESTS = 3

/** Starts the README's first example as it stands (on a free port), visits it and asks for its metrics. */
export async function startReadme(user: string, node: string): Promise<string | undefined> {
  const example = /^```js\n([\s\S]*?)^```/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]
  if (!example) return 'README.md has no block marked js'
  const port = await freePort()
  const app = example.replace(/(listen\(\s*(?:\{\s*port:\s*)?)(?:process\.env\.PORT \?\? )?\d+/, `$1${port}`)
  if (app === example) return "README.md's first example has no listen(<port>)"
  writeFileSync(join(user, 'app.mjs'), app)
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  const child = spawn(node, ['app.mjs'], {
    cwd: user,
    env: { ...env, NODE_ENV: 'development' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const heard: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => heard.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => heard.push(chunk))
  try {
    const path = /\.get\(\s*['"`](\/[^:'"`]*)['"`]/.exec(app)?.[1] ?? '/'
    const wrong = await visit(`http://127.0.0.1:${port}`, path)
    return wrong && `${wrong}\n${Buffer.concat(heard).toString()}`
  } finally {
    await stop(child)
    for (const rest of ['metrics.db', 'metrics.db-wal', 'metrics.db-shm']) rmSync(join(user, rest), { force: true })
  }
}

async function visit(origin: string, path: string): Promise<string | undefined> {
  const first = await eventually(() => fetch(origin + path))
  if (!first) return `${path} did not answer within 10 s`
  for (let more = 1; more < REQUESTS; more++) await fetch(origin + path)
  let said = ''
  const counted = await eventually(async () => {
    const answer = await fetch(`${origin}/metrics`)
    said = `${answer.status} ${answer.headers.get('content-type')} ${await answer.text()}`
    if (!answer.headers.get('content-type')?.startsWith('application/json')) return undefined
    const snapshot = JSON.parse(said.slice(said.indexOf('{'))) as { requests?: number }
    return snapshot.requests === REQUESTS ? snapshot : undefined
  })
  return counted ? undefined : `GET /metrics did not count ${REQUESTS} requests of ${path}: ${said}`
}

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const until = performance.now() + 10_000
  while (performance.now() < until) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    await sleep(100)
  }
  return undefined
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await closed
  clearTimeout(timer)
}
