import { spawn, type SpawnOptions } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json, with a slash at the end. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** Everything that may be thrown away: compiled tests, coverage, other Node versions. */
export const scratch: string = join(root, '.build')

/** What a step of `npm test` or `.ci/run` came to. */
export interface Outcome {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly seconds: number
  readonly note: string
}

/** What a program said and how it ended; `code` is -1 when it could not start or ran out of time. */
export interface Ended {
  readonly code: number
  readonly output: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Keeps the output to itself; without it everything is shown as it comes. */
  readonly quiet?: boolean
  /** Minutes until the program is stopped. */
  readonly minutes?: number
  /** Called with its process id each second while it runs. */
  readonly watch?: (pid: number) => void
}

/** Runs a program without stdin and waits for it; never rejects. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { env, cwd = root, quiet = false, minutes = 15, watch } = options
  const spawnOptions: SpawnOptions = {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const child = spawn(command, args, spawnOptions)
    const timer = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000)
    const looking = setInterval(() => child.pid !== undefined && watch?.(child.pid), 1_000)
    const heard = (chunk: Buffer, out: NodeJS.WriteStream) => {
      chunks.push(chunk)
      if (!quiet) out.write(chunk)
    }
    child.stdout?.on('data', (chunk: Buffer) => heard(chunk, process.stdout))
    child.stderr?.on('data', (chunk: Buffer) => heard(chunk, process.stderr))
    child.on('error', (error) => chunks.push(Buffer.from(`${command}: ${error.message}\n`)))
    child.on('close', (code) => {
      clearTimeout(timer)
      clearInterval(looking)
      resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString() })
    })
  })
}

/** Runs a tool of node_modules by its script, so that no shell and no PATH is needed. */
export function tool(script: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, [join(root, 'node_modules', script), ...args], options)
}

/** Collects outcomes and tells them at the end. */
export class Ledger {
  readonly #outcomes: Outcome[] = []

  /** Runs one step; a step that throws counts as one failure, and the next step runs all the same. */
  async step(name: string, act: () => Promise<Pick<Outcome, 'passed' | 'failed' | 'note'>>): Promise<void> {
    console.log(`— ${name}`)
    const began = performance.now()
    const counts = await act().catch((error: unknown) => {
      console.error(error)
      return { passed: 0, failed: 1, note: String(error).split('\n')[0] ?? '' }
    })
    const seconds = (performance.now() - began) / 1000
    console.log(`${counts.failed ? '✖' : '✔'} ${seconds.toFixed(1)} s`)
    this.#outcomes.push({ name, seconds, ...counts })
  }

  /** A step that either holds or not. */
  async check(name: string, act: () => Promise<string | undefined>): Promise<void> {
    await this.step(name, async () => {
      const wrong = await act()
      if (wrong) console.error(wrong)
      return { passed: wrong ? 0 : 1, failed: wrong ? 1 : 0, note: wrong?.trim().split('\n').at(-1) ?? '' }
    })
  }

  get failed(): number {
    return this.#outcomes.reduce((sum, outcome) => sum + outcome.failed, 0)
  }

  get passed(): number {
    return this.#outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
  }

  /** One line per step; the totals go to `file` for whoever adds them up. */
  tell(file: string): void {
    console.log('\n— summary')
    for (const { name, passed, failed, seconds, note } of this.#outcomes) {
      const counts = `${passed} passed${failed ? `, ${failed} FAILED` : ''}`
      console.log(`${failed ? '✖' : '✔'} ${name.padEnd(34)} ${counts.padEnd(26)} ${seconds.toFixed(1)} s  ${note}`)
    }
    writeFileSync(file, JSON.stringify({ passed: this.passed, failed: this.failed }))
  }
}
