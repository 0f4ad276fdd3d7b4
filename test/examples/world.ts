import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run } from '../../scripts/step.ts'

export { freePort } from '../servers/daemon.ts'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** Examples import the package by its name, which is what is built. */
export async function built(): Promise<void> {
  if (existsSync(join(root, 'dist', 'index.js'))) return
  const ended = await run(process.execPath, [join(root, 'scripts', 'build.ts')], {
    quiet: true,
    env: { PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH']}` },
  })
  assert.equal(ended.code, 0, ended.output)
}

/** A folder that goes when the test ends. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'pocketmetrics-example-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A program that is stopped when the test ends. */
export interface Program {
  readonly child: ChildProcess
  readonly said: () => string
}

/** Starts a program; its output is kept. */
export function start(
  t: TestContext,
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }
): Program {
  const { NODE_ENV: _, ...environment } = process.env
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...environment, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await closed
    clearTimeout(timer)
  })
  return { child, said: () => said }
}

/** Starts one of the example apps on a free port; gives its address. */
export async function startExample(
  t: TestContext,
  name: string,
  env: Readonly<Record<string, string>> = {}
): Promise<string> {
  const file = join(root, 'examples', name, 'app.js')
  const program = start(t, process.execPath, [file], { cwd: folder(t), env: { PORT: '0', ...env } })
  return eventually(
    () => Promise.resolve(/(http:\/\/\S+)\/metrics/.exec(program.said())?.[1]),
    () => program.said()
  )
}

/** Waits until `ask` gives something. */
export async function eventually<T>(ask: () => Promise<T | undefined>, said: () => string): Promise<T> {
  const until = performance.now() + 30_000
  while (performance.now() < until) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    await pause(50)
  }
  return assert.fail(`nothing came:\n${said()}`)
}
