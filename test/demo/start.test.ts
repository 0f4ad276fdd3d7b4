import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-demo-'))
const taken = createServer().listen(0, '127.0.0.1')
await once(taken, 'listening')
const address = taken.address()
const busy = typeof address === 'object' && address ? address.port : 0
const environment = {
  ...process.env,
  DEMO_FILE: join(folder, 'demo.db'),
  PORT: String(busy),
  NO_COLOR: '1',
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
}

const started: ChildProcess[] = []

after(() => {
  for (const child of started) child.kill('SIGKILL')
  taken.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Running {
  readonly child: ChildProcess
  readonly said: () => string
  /** Waits until the output matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>
}

function run(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { cwd: root, env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
  started.push(child)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let waited = 0; waited < 60_000; waited += 100) {
      const found = pattern.exec(said)
      if (found) return found
      if (child.exitCode !== null) break
      await pause(100)
    }
    return assert.fail(`nothing matched ${pattern}:\n${said}`)
  }
  return { child, said: () => said, until }
}

async function ended({ child, said }: Running, codes: readonly number[] = [0]): Promise<void> {
  if (child.exitCode === null) await once(child, 'close')
  assert.ok(codes.includes(child.exitCode ?? -1), `ended with ${child.exitCode}:\n${said()}`)
  assert.doesNotMatch(said(), /^\s+at |Error:.*\n.*at /m, 'a stack trace was shown')
  assert.doesNotMatch(said(), /npm error/)
  assert.doesNotMatch(running(), new RegExp(`visitors.ts http://127.0.0.1:${next()}`), 'the visitors are still there')
}

/** The command lines of all processes. */
function running(): string {
  if (!existsSync('/proc/self/cmdline')) return execFileSync('ps', ['-eo', 'args']).toString()
  return globSync('/proc/[0-9]*/cmdline').map(commandLine).join('\n')
}

function commandLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // It has ended since.
  }
}

const next = (): number => busy + 1
const figure = (text: string): number => Number(text.replaceAll(',', ''))

test('the demo counts its visitors, ends on Ctrl-C, and its second start goes on from there', async () => {
  const first = run(process.execPath, ['demo/start.ts'])
  await first.until(/No history yet/)
  const [, origin] = await first.until(/(http:\/\/127\.0\.0\.1:(\d+))\/metrics\n/)
  assert.notEqual(origin, `http://127.0.0.1:${busy}`, 'the port was taken')
  await first.until(
    /requests [1-9][\d,]* \(\d[\d,]*\/min\) · errors \d+\.\d % · p50 .*ms · p95 .* · slowest \w+ \/.*sign-ups \d/
  )
  assert.equal((await fetch(`${origin}/metrics`)).status, 200)
  first.child.kill('SIGINT')
  await ended(first)
  const [, requests, revenue] = await first.until(
    /History since \S+ \S+ UTC: ([\d,]+) requests, (\$[\d,.]+) revenue\. It is kept in/
  )
  assert.ok(figure(requests!) > 10, first.said())

  // The second time as a user would: npm, in a terminal (of util-linux), with Ctrl-C.
  const second = run('script', ['-qec', 'stty cols 100 rows 50; exec npm start', '/dev/null'])
  const [, before, earned] = await second.until(/History since \S+ \S+ UTC: ([\d,]+) requests, (\$[\d,.]+) revenue/)
  assert.ok(
    figure(before!) >= figure(requests!) && figure(before!) <= figure(requests!) + 20,
    `${requests} became ${before}`
  )
  assert.equal(earned, revenue)
  await second.until(/slowest endpoints[\s\S]*GET \/products[\s\S]*revenue +\$[\d,.]+[\s\S]*Ctrl-C ends/)
  second.child.stdin!.write('\x03')
  // The demo ends with 0; some shells between npm and the demo pass on the Ctrl-C that they got themselves.
  await ended(second, [0, 130])
  assert.match(second.said(), /It is kept in/)
})
