import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Field } from './field.ts'
import type { Ledger } from './ledger.ts'

const APP = fileURLToPath(new URL('./app.ts', import.meta.url))
/** A process that was told to end is given so long, ms. */
const PATIENCE = 15_000
/** What the library takes at most to keep what is left, ms: on a machine too busy for that, what was left is not promised. */
const GRACE = 1_000

/** What a process of the app is started with. */
export interface Start {
  readonly field: Field
  readonly ledger: Ledger
  /** When the history began, Unix ms. */
  readonly began: number
  /** Listens to SIGTERM itself, and closes. */
  readonly listens: boolean
}

/** One process of the app, which faults may kill, freeze, and start again. */
export class Hand {
  /** Its place: 0, 1, … */
  readonly place: number
  readonly #start: Start
  #child: ChildProcess | undefined
  #closed: Promise<unknown> = Promise.resolve()
  #port = 0
  #frozen = false
  /** What it had taken when it was told to end in order, with a store that took everything. */
  #leaves: readonly string[] = []
  #told = 0

  constructor(place: number, start: Start) {
    this.place = place
    this.#start = start
  }

  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get runs(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Serves, and is not frozen. */
  get lives(): boolean {
    return this.runs && !this.#frozen && this.#port !== 0
  }

  /** Sends a signal; what SIGSTOP and SIGCONT do is known to whoever asks `lives`. */
  signal(signal: NodeJS.Signals): void {
    if (!this.runs) return
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.#frozen = signal === 'SIGSTOP'
    else {
      this.#port = 0
      const { ledger } = this.#start
      this.#told = performance.now()
      this.#leaves = signal === 'SIGTERM' && ledger.cut === 0 ? ledger.taken(this.pid) : []
    }
    this.#child?.kill(signal)
  }

  /** Resolves once the process is gone; one that does not go in time is wrong, and killed. */
  async gone(): Promise<void> {
    const child = this.#child
    const timer = setTimeout(() => {
      this.#start.ledger.wrongs.push(`process ${this.pid} did not end in ${PATIENCE} ms`)
      child?.kill('SIGKILL')
    }, PATIENCE)
    await this.#closed
    clearTimeout(timer)
  }

  /** Starts a process in its place, unless one runs. */
  async start(): Promise<void> {
    if (this.runs) return
    const { field, began, listens } = this.#start
    const [command, ...words] = [...field.before, process.execPath, '--disable-warning=ExperimentalWarning', APP]
    const mine = { CHAOS_STORAGE: field.url, CHAOS_BEGAN: `${began}`, CHAOS_PLACE: `${this.place}` }
    const child = spawn(command, words, {
      env: { ...process.env, ...field.env, ...mine, ...(listens ? { CHAOS_LISTENS: '1' } : {}) },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    })
    this.#child = child
    this.#frozen = false
    this.#port = 0
    this.#closed = once(child, 'close').then(() => this.#ended(child))
    const serves = this.#listen(child)
    await Promise.race([serves, this.#closed])
  }

  /** Puts its clock so many ms ahead of the history's. One that does not live keeps its time. */
  async setClock(offset: number): Promise<void> {
    if (!this.lives) return
    await fetch(`${this.url}/ctl/clock?offset=${offset}`).then(
      (answer) => answer.text(),
      () => undefined
    )
  }

  #listen(child: ChildProcess): Promise<void> {
    const pid = child.pid ?? 0
    return new Promise((resolve) => {
      createInterface(child.stdio[3] as Readable).on('line', (line) => {
        this.#start.ledger.said(pid, line)
        if (!line.startsWith('port ')) return
        this.#port = Number(line.slice(5))
        resolve()
      })
    })
  }

  #ended({ pid = 0, signalCode, exitCode }: ChildProcess): void {
    const { ledger } = this.#start
    this.#port = 0
    const inTime = performance.now() - this.#told < GRACE
    if (inTime && (signalCode === 'SIGTERM' || exitCode === 0)) ledger.kept(pid, 0, this.#leaves)
    this.#leaves = []
    if (exitCode !== null && exitCode !== 0) ledger.wrongs.push(`process ${pid} ended with ${exitCode}`)
    ledger.ended(pid)
  }
}

/** All processes of the app. */
export interface Crew {
  readonly hands: readonly Hand[]
}
