import type { Clock } from '../../core/time.ts'
import { MetricsError } from '../../errors.ts'
import { faultOf, isBare, isContended, isCut } from './faults.ts'
import { type Bound, type Line, Overdue, type Reply } from './line.ts'
import { migrate } from './schema.ts'

/** What a session is about. */
export interface SessionOptions {
  /** Makes the way to the database; may throw. */
  readonly connect: () => Line
  /** Quoted. */
  readonly schema: string
  /** How long any call may take, ms. */
  readonly timeout: number
  readonly clock: Clock
}

const TRIES = 8
/** One for each connection that may have broken while it was idle. */
const CUTS = 2
const PAUSE = { least: 5, most: 100 }
/** A server that has not answered is left alone for so long (ms): who asks meanwhile need not wait as long as the first did. */
const REST = 1_000

/** Calls to one schema that survive what happens to its server: restarts, failovers, frozen processes, lost tables. */
export class Session {
  readonly schema: string
  readonly #options: SessionOptions
  #line: Line | undefined
  #ready: Promise<void> | undefined
  #closed = true
  #trouble: string | undefined
  #restsUntil = -Infinity

  constructor(options: SessionOptions) {
    this.#options = options
    this.schema = options.schema
  }

  /** What the operator should know, in a sentence; undefined when all is well. */
  get problem(): string | undefined {
    return this.#trouble
  }

  async open(): Promise<void> {
    this.#closed = false
    await this.#call((_line, _left) => Promise.resolve(), true)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#ready = undefined
    this.#restsUntil = -Infinity
    const line = this.#line
    this.#line = undefined
    await line?.close()
  }

  /** Throws when it is closed, so that a read in pages ends with that. */
  check(): void {
    if (this.#closed) throw closed()
  }

  /** Runs a statement that may not be done twice: one whose answer is lost rejects. */
  run(text: string, values: readonly Bound[]): Promise<Reply> {
    return this.#call((line, left) => line.run(text, values, left), false)
  }

  /** Runs a statement that comes to the same when it is done twice. */
  again(text: string, values: readonly Bound[]): Promise<Reply> {
    return this.#call((line, left) => line.run(text, values, left), true)
  }

  async #call<T>(work: (line: Line, left: number) => Promise<T>, twice: boolean): Promise<T> {
    const { clock, timeout } = this.#options
    const deadline = clock.monotonic() + timeout
    const left = (): number => deadline - clock.monotonic()
    this.check()
    if (clock.monotonic() < this.#restsUntil) throw faultOf(new Overdue())
    let cuts = 0
    for (let tries = 0; ; tries++) {
      this.check()
      try {
        const result = await work(await this.#live(left), left())
        this.check()
        this.#trouble = undefined
        return result
      } catch (error) {
        this.check()
        if (error instanceof Overdue) this.#restsUntil = clock.monotonic() + REST
        if (isBare(error)) this.#ready = undefined
        const worthIt = isContended(error) || (twice && isCut(error) && cuts++ < CUTS)
        if (!worthIt || tries >= TRIES || left() <= PAUSE.most) throw this.#judge(error)
        await pause(tries)
      }
    }
  }

  async #live(left: () => number): Promise<Line> {
    const line = (this.#line ??= this.#options.connect())
    this.#ready ??= migrate(line, this.schema, left).catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    await this.#ready
    return line
  }

  #judge(error: unknown): MetricsError {
    const fault = faultOf(error)
    this.#trouble = fault.hint === undefined ? fault.message : `${fault.message}; ${fault.hint}`
    return fault
  }
}

function closed(): MetricsError {
  return new MetricsError('closed', 'The PostgreSQL store is not open', { hint: 'call open() first' })
}

function pause(tries: number): Promise<void> {
  const most = Math.min(PAUSE.least * 2 ** tries, PAUSE.most)
  return new Promise((resolve) => setTimeout(resolve, PAUSE.least + Math.random() * most))
}
