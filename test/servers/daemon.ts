import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** How a real server is started. */
export interface Start {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** For servers that refuse to run as root. */
  readonly uid?: number
  readonly gid?: number
  /** True once it serves; asked every few ms with what it has said since this start. May throw: not yet. */
  readonly serves: (said: string) => boolean | Promise<boolean>
  /** What stops it. Default SIGTERM. */
  readonly signal?: NodeJS.Signals
}

/** A real server in a process of its own, which can be stopped, killed, frozen and started again. */
export class Daemon {
  readonly #start: Start
  #child: ChildProcess | undefined
  #said = ''
  readonly #kill = (): void => void this.#child?.kill('SIGKILL')

  constructor(start: Start) {
    this.#start = start
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** What it has said since it was started last. */
  get said(): string {
    return this.#said
  }

  async start(): Promise<void> {
    const { command, args, cwd, env, uid, gid, serves } = this.#start
    const user = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) }
    this.#said = ''
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    })
    this.#child = child
    const heard = (chunk: Buffer): void => void (this.#said = (this.#said + chunk.toString()).slice(-100_000))
    child.stdout.on('data', heard)
    child.stderr.on('data', heard)
    child.on('error', (error) => heard(Buffer.from(error.message)))
    // Where the tests end without their hooks, it must not stay behind.
    process.once('exit', this.#kill)
    const until = performance.now() + 60_000
    while (
      !(await Promise.resolve(this.#said)
        .then(serves)
        .catch(() => false))
    ) {
      if (this.#ended || performance.now() > until) throw new Error(`${command} did not come up:\n${this.#said}`)
      await pause(20)
    }
  }

  /** Stops it in order; one that is frozen, too. */
  stop(): Promise<void> {
    return this.#end(this.#start.signal ?? 'SIGTERM')
  }

  /** Ends it at once, without a word. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** It takes connections, as the kernel does that for it, but answers nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  get #ended(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || this.#ended || child.pid === undefined) return
    const closed = once(child, 'close')
    child.kill('SIGCONT')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await closed
    clearTimeout(timer)
    process.off('exit', this.#kill)
  }
}

/** A port that is free now, below those that the kernel gives to whoever connects somewhere, and so is the one 10,000 above, a cluster's. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 12_000)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
