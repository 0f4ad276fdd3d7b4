import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = 'POCKETMETRICS_BENCH_FOLDER'

/** A path for a file of this process; whoever launched it removes it. */
export function scratch(name: string): string {
  return join(process.env[FOLDER] ?? mkdtempSync(join(tmpdir(), 'pocketmetrics-bench-')), name)
}

/** A fresh process that runs a file of this folder and talks to us by messages. */
export class Launch {
  readonly #child: ChildProcess
  readonly #folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-bench-'))
  readonly #heard: Buffer[] = []
  readonly #waiting: ((message: unknown) => void)[] = []
  readonly #messages: unknown[] = []
  #ended: string | undefined
  readonly #exited: Promise<unknown>

  constructor(file: string, args: readonly string[], flags: readonly string[] = []) {
    const path = fileURLToPath(new URL(file, import.meta.url))
    const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'development', METRICS_KEY: '' }
    delete env['NODE_OPTIONS']
    delete env['NODE_V8_COVERAGE']
    env[FOLDER] = this.#folder
    // No peer reports to a server of its maker while it is measured.
    env['APITALLY_HUB_BASE_URL'] = 'http://127.0.0.1:9'
    this.#child = fork(path, args, { env, execArgv: [...flags], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#keep(chunk))
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#keep(chunk))
    this.#child.on('message', (message) => {
      const next = this.#waiting.shift()
      if (next === undefined) this.#messages.push(message)
      else next(message)
    })
    this.#exited = once(this.#child, 'exit').then(([code]) => {
      this.#ended = `${file} ${args.join(' ')} ended with ${String(code)}:\n${Buffer.concat(this.#heard).toString()}`
      for (const waiting of this.#waiting.splice(0)) waiting(undefined)
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** What it says next; rejects when it ends without a word. */
  async next<T>(): Promise<T> {
    if (this.#messages.length > 0) return this.#messages.shift() as T
    if (this.#ended !== undefined) throw new Error(this.#ended)
    const message = await new Promise<unknown>((resolve) => this.#waiting.push(resolve))
    if (message === undefined) throw new Error(this.#ended)
    return message as T
  }

  /** Says something and gives the answer. */
  ask<T>(message: string | object): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended))
    this.#child.send(message)
    return this.next<T>()
  }

  async end(): Promise<void> {
    if (this.#ended === undefined) this.#child.kill('SIGKILL')
    await this.#exited
    // Most are killed while they run, and leave their store behind.
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #keep(chunk: Buffer): void {
    if (this.#heard.length < 200) this.#heard.push(chunk)
  }
}

/** Runs a file in a fresh process until it has said one thing. */
export async function outcome<T>(file: string, args: readonly string[], flags: readonly string[] = []): Promise<T> {
  const launch = new Launch(file, args, flags)
  try {
    return await launch.next<T>()
  } finally {
    await launch.end()
  }
}

/** Says one thing to whoever launched this process; alone, on the terminal. */
export function tell(message: object): void {
  if (process.send === undefined) console.log(JSON.stringify(message, null, 2))
  else process.send(message)
}
