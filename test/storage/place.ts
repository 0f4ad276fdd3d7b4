import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'

/** A fresh folder, gone after the test. */
export function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** What `test/storage/child.ts` is started with. */
export const CHILD: string = new URL('./child.ts', import.meta.url).pathname

/** A process that works on a database file; `lines` grows as it prints. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: string[]
  /** Resolves when a line has come that `wanted` likes. */
  until(wanted: (line: string) => boolean): Promise<void>
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
}

/** Starts `child.ts`, under `before` (a tracer, say) if given. */
export function child(t: TestContext, args: readonly string[], before: readonly string[] = []): Child {
  const [command = '', ...all] = [...before, process.execPath, CHILD, ...args]
  const started = spawn(command, all, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => started.kill('SIGKILL'))
  const lines: string[] = []
  const printed = createInterface(started.stdout)
  printed.on('line', (line) => lines.push(line))
  const ended = once(printed, 'close').then(() => undefined)
  const until = (wanted: (line: string) => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (lines.some(wanted)) resolve()
      }
      printed.on('line', look)
      look()
      void ended.then(() => reject(new Error(`the child ended after: ${lines.slice(-5).join(', ')}`)))
    })
  return { process: started, lines, until, ended }
}

/** A file system of its own, in memory, of `size`; gone after the test. */
export function disk(
  t: TestContext,
  size: string
): { readonly path: string; readonly mount: (options: string) => void } {
  const path = mkdtempSync(join(tmpdir(), 'pocketmetrics-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path])
  t.after(() => {
    execFileSync('umount', ['-l', path])
    rmSync(path, { recursive: true })
  })
  return { path, mount: (options) => execFileSync('mount', ['-o', `remount,${options}`, path]) }
}
