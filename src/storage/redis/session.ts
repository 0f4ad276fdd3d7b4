import { systemClock } from '../../core/time.ts'
import { MetricsError } from '../../errors.ts'
import { breaksLine, faultOf, isUnknownScript } from './faults.ts'
import { type Argument, type Line, type Reply, within } from './line.ts'
import type { Script } from './lua.ts'

/** What a session is about. */
export interface SessionOptions {
  readonly dial: () => Promise<Line>
  /** How long a command may take, ms. */
  readonly timeout: number
}

/** After a failure, the next connection is tried this much later (ms), and at most so many silent commands in a row are borne. */
const BACKOFF = { first: 50, most: 2_000 }
const SILENT = 3
/** Long commands are given a millisecond more for so many bytes. */
const BYTES_A_MS = 2_000
/** A client of the app's own may keep for later what we have given up: so many bytes of that, and no more. */
const OVERDUE = 8_000_000

/**
 * A connection that is made when it is needed, and again when it broke. Nothing waits in it: a command is sent at once or
 * rejected at once, never sent twice, and given up in time.
 */
export class Session {
  readonly #options: SessionOptions
  #line: Line | undefined
  #dialing: Promise<Line> | undefined
  #failures = 0
  #retryAt = -Infinity
  #silent = 0
  /** Bytes of commands that were given up, and are not known to be over. */
  #overdue = 0
  #fault: MetricsError | undefined
  #closed = true

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** What the last command failed by, in a sentence; undefined when all is well. */
  get trouble(): string | undefined {
    const { message, hint } = this.#fault ?? {}
    return hint === undefined ? message : `${message}; ${hint}`
  }

  open(): void {
    this.#closed = false
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  /** Sends one command; `key` is one of its arguments. */
  async send(command: string, key: string, ...args: readonly Argument[]): Promise<Reply> {
    return this.#call(async (line) => this.#timed(line, key, command, args))
  }

  /** Runs a script; a server that does not know it is told it. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    const all = [keys.length, ...keys, ...args]
    const key = keys[0] ?? ''
    return this.#call(async (line) => {
      try {
        return await this.#timed(line, key, 'EVALSHA', [script.sha, ...all])
      } catch (error) {
        if (!isUnknownScript(error)) throw error
        return this.#timed(line, key, 'EVAL', [script.text, ...all])
      }
    })
  }

  async #timed(line: Line, key: string, command: string, args: readonly Argument[]): Promise<Reply> {
    if (this.#overdue > OVERDUE) await this.#probe(line, key)
    const bytes = args.reduce<number>((sum, each) => sum + (typeof each === 'number' ? 8 : each.length), 0)
    const sent = line.send(command, args, key)
    const what = command.startsWith('EVAL') ? 'a script' : command
    return within(sent, this.#options.timeout + bytes / BYTES_A_MS, what, () => this.#late(sent, bytes))
  }

  #late(sent: Promise<Reply>, bytes: number): void {
    this.#overdue += bytes
    const over = (): void => void (this.#overdue = Math.max(0, this.#overdue - bytes))
    sent.then(over, over)
  }

  /** Before more is given to a client that holds so much: what was given up may have been forgotten, too. */
  async #probe(line: Line, key: string): Promise<void> {
    await within(line.send('EXISTS', [key], key), this.#options.timeout, 'a short command')
    this.#overdue = 0
  }

  async #call(work: (line: Line) => Promise<Reply>): Promise<Reply> {
    const line = await this.#live()
    try {
      const reply = await work(line)
      this.#silent = 0
      this.#fault = undefined
      return reply
    } catch (error) {
      if (this.#closed) throw closed()
      throw this.#judge(error, line)
    }
  }

  #judge(error: unknown, line: Line): MetricsError {
    const said = line.broken ?? error
    const fault = faultOf(said)
    this.#silent = fault.code === 'storage_timeout' ? this.#silent + 1 : 0
    // Replies may come late; but a connection that has gone without a trace is silent for ever.
    if (line === this.#line && (breaksLine(said) || line.broken !== undefined || this.#silent >= SILENT)) this.#drop()
    this.#fault = fault
    return fault
  }

  async #live(): Promise<Line> {
    if (this.#closed) throw closed()
    if (this.#line !== undefined && this.#line.broken === undefined) return this.#line
    this.#drop()
    if (this.#dialing === undefined) {
      if (systemClock.monotonic() < this.#retryAt && this.#fault !== undefined) throw this.#fault
      this.#dialing = this.#dial().finally(() => {
        this.#dialing = undefined
      })
    }
    return this.#dialing
  }

  async #dial(): Promise<Line> {
    try {
      const line = await this.#options.dial()
      if (this.#closed) {
        line.end()
        throw closed()
      }
      this.#failures = 0
      this.#silent = 0
      this.#line = line
      return line
    } catch (error) {
      const fault = faultOf(error)
      const wait = Math.min(BACKOFF.first * 2 ** this.#failures++, BACKOFF.most)
      this.#retryAt = systemClock.monotonic() + wait * (0.75 + Math.random() / 2)
      this.#fault = fault
      throw fault
    }
  }

  #drop(): void {
    this.#line?.end()
    this.#line = undefined
  }
}

function closed(): MetricsError {
  return new MetricsError('closed', 'The Redis store is not open', { hint: 'call open() first' })
}
