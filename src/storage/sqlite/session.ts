import type { Clock } from '../../core/time.ts'
import { MetricsError } from '../../errors.ts'
import { type Journal, type Line, closeQuietly, connect } from './connect.ts'
import { type EngineName, type Statement, engineOf } from './engine.ts'
import { breaksConnection, faultOf, isBusy } from './faults.ts'
import { type Files, filesAt, type Identity, identityOf, mishap, prepareFolder, setAside } from './file.ts'

/** What a session is about. */
export interface SessionOptions {
  readonly path: string
  readonly engine: EngineName
  readonly journal: Journal
  /** How long a lock of somebody else is waited for, in ms. */
  readonly patience: number
  /** Bytes that the file may take. */
  readonly maxSize: number
  readonly clock: Clock
}

/** Prepares a statement, or finds it prepared. */
export type Prepare = (sql: string) => Statement

/** SQLite itself waits in sleeps of up to 100 ms, unfairly; many short ones of random length halve the longest wait. */
const PAUSE = { least: 2, most: 25 }

/** A connection to one file that survives what happens to it: locks, removal, damage, a failing disk. */
export class Session {
  readonly #options: SessionOptions
  #line: Line | undefined
  #opening: Promise<Line> | undefined
  #identity: Identity | undefined
  #files: Files | undefined
  #lines = 0
  /** How often in a row the file was called damaged by a call. */
  #doubts = 0
  #closed = true
  #accident: string | undefined
  /** What the last call failed by. */
  #trouble: string | undefined

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** What the operator should know, in a sentence; undefined when all is well. */
  get problem(): string | undefined {
    return this.#trouble ?? this.#accident ?? this.#line?.caution
  }

  /** How many connections there were. */
  get lines(): number {
    return this.#lines
  }

  async open(): Promise<void> {
    this.#closed = false
    await this.#live()
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  /** Runs one short read; `work` must be synchronous. */
  read<T>(work: (prepare: Prepare) => T): Promise<T> {
    return this.#call(({ prepare }) => work(prepare))
  }

  /** Runs one transaction that holds the write lock from its start; all of it is kept or nothing. */
  write<T>(work: (prepare: Prepare) => T): Promise<T> {
    return this.#call((line) => transact(line, () => work(line.prepare)))
  }

  /**
   * Between two steps of long work: its log is folded back, which whoever writes next would else have to wait for; then as
   * long as anybody who waits for the lock sleeps, so that it is their turn.
   */
  async rest(): Promise<void> {
    await this.#call(({ connection, prepare }) => {
      // 0 where folding it back is not safe.
      const pages = Number(prepare('PRAGMA wal_autocheckpoint').get()?.['wal_autocheckpoint'])
      if (pages > 0) ignoringLocks(() => connection.exec('PRAGMA wal_checkpoint(PASSIVE)'))
    })
    await new Promise((resolve) => setTimeout(resolve, PAUSE.least + PAUSE.most))
  }

  /** Runs statements that are no transaction, such as a checkpoint; who else holds a lock goes first, unreported. */
  async tidy(sql: string): Promise<void> {
    await this.#call(({ connection }) => ignoringLocks(() => connection.exec(sql)))
  }

  /** Rejects, once, when the files are not those that were opened: what was in them may be gone, so the caller must tell all names again. */
  async sameFile(): Promise<void> {
    if (this.#line === undefined) return
    const { path } = this.#options
    const found = filesAt(path)
    const what = mishap(this.#files ?? found, found)
    // Those beside the file come with the first transaction.
    this.#files = found
    if (what === undefined) return
    this.#drop()
    const hint = 'leave the file in place while the app runs'
    const lost = new MetricsError('storage_failed', `${path} ${what}`, { hint })
    this.#accident = told(lost)
    await this.#live()
    throw lost
  }

  async #call<T>(work: (line: Line) => T): Promise<T> {
    const deadline = this.#options.clock.monotonic() + this.#options.patience
    for (let attempt = 0; ; attempt++) {
      const line = await this.#live()
      try {
        const result = work(line)
        this.#doubts = 0
        this.#trouble = undefined
        return result
      } catch (error) {
        if (isBusy(error) && this.#options.clock.monotonic() < deadline) await pause(attempt)
        else throw this.#judge(error)
      }
    }
  }

  #judge(error: unknown): MetricsError {
    const fault = faultOf(error, this.#options.path)
    if (fault.code === 'storage_corrupt') this.#doubts++
    if (breaksConnection(error)) this.#drop()
    this.#trouble = told(fault)
    return fault
  }

  #live(): Promise<Line> | Line {
    if (this.#closed) throw new MetricsError('closed', 'The SQLite store is not open', { hint: 'call open() first' })
    if (this.#line !== undefined) return this.#line
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #connect(): Promise<Line> {
    const { path, clock, patience } = this.#options
    const deadline = clock.monotonic() + patience
    let damaged = 0
    for (let attempt = 0; ; attempt++) {
      try {
        const line = this.#begin()
        this.#trouble = undefined
        return line
      } catch (error) {
        const fault = faultOf(error, path)
        this.#trouble = told(fault)
        // A fresh file that is damaged, too, says that something else is wrong.
        if (fault.code === 'storage_corrupt' && damaged++ < 2) this.#setAside(fault)
        else if (!isBusy(error) || clock.monotonic() >= deadline) throw fault
        else await pause(attempt)
        if (this.#closed) throw new MetricsError('closed', 'The SQLite store was closed while it opened')
      }
    }
  }

  #begin(): Line {
    const { path, engine, journal, maxSize } = this.#options
    prepareFolder(path)
    // Damage that even a full check does not find, but every call does.
    if (this.#doubts > 1) throw new MetricsError('storage_corrupt', `${path} is damaged`)
    this.#identity = identityOf(path)
    const line = connect(engineOf(engine), path, journal, this.#doubts > 0 ? 'full' : 'brief', maxSize)
    this.#identity = identityOf(path)
    this.#files = filesAt(path)
    this.#line = line
    this.#lines++
    return line
  }

  #setAside(fault: MetricsError): void {
    const { path, clock } = this.#options
    this.#doubts = 0
    try {
      const aside = setAside(path, this.#identity, clock.now())
      if (aside !== undefined) this.#accident = `${fault.message}; it was set aside as ${aside} and a fresh file begun`
    } catch (cause) {
      throw new MetricsError('storage_unwritable', `${path} is damaged and cannot be set aside`, {
        cause,
        hint: 'move it away yourself',
      })
    }
  }

  #drop(): void {
    if (this.#line !== undefined) closeQuietly(this.#line.connection)
    this.#line = undefined
  }
}

function told({ message, hint }: MetricsError): string {
  return hint === undefined ? message : `${message}; ${hint}`
}

function transact<T>({ connection }: Line, work: () => T): T {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    try {
      connection.exec('ROLLBACK')
    } catch {
      // Some errors have rolled back already.
    }
    throw error
  }
}

function ignoringLocks(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!isBusy(error)) throw error
  }
}

function pause(attempt: number): Promise<void> {
  const most = Math.min(PAUSE.least * 2 ** attempt, PAUSE.most)
  return new Promise((resolve) => setTimeout(resolve, PAUSE.least + Math.random() * most))
}
