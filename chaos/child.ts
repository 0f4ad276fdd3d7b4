import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Field } from './field.ts'

const APP = fileURLToPath(new URL('./app.ts', import.meta.url))

/** A process of `app`: with the library, or without it. */
export class Child {
  readonly #process: ChildProcess
  readonly #ports = new Map<number, number>()
  readonly #threads: number
  /** Resolves once it is gone. */
  readonly closed: Promise<unknown>
  /** Resolves once every thread serves. */
  readonly serves: Promise<void>

  constructor(
    field: Field,
    env: Record<string, string>,
    threads: number,
    said: (thread: number, line: string) => void
  ) {
    const [command, ...words] = [...field.before, process.execPath, '--disable-warning=ExperimentalWarning', APP]
    this.#threads = threads
    this.#process = spawn(command, words, {
      env: { ...process.env, ...field.env, ...env, CHAOS_THREADS: `${threads}` },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    })
    this.closed = once(this.#process, 'close')
    this.serves = this.#listen(said)
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** How it ended, if it has. */
  get end(): { readonly signal: NodeJS.Signals | null; readonly code: number | null } | undefined {
    const { signalCode: signal, exitCode: code } = this.#process
    return signal === null && code === null ? undefined : { signal, code }
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  /** Where each thread is asked. */
  get urls(): readonly string[] {
    return Array.from({ length: this.#threads }, (_, thread) => `http://127.0.0.1:${this.#ports.get(thread)}`)
  }

  #listen(said: (thread: number, line: string) => void): Promise<void> {
    return new Promise((resolve) => {
      createInterface(this.#process.stdio[3] as Readable).on('line', (whole) => {
        const at = whole.indexOf(' ')
        const [thread, line] = [Number(whole.slice(0, at)), whole.slice(at + 1)]
        said(thread, line)
        if (!line.startsWith('port ')) return
        this.#ports.set(thread, Number(line.slice(5)))
        if (this.#ports.size === this.#threads) resolve()
      })
    })
  }
}
