import { existsSync } from 'node:fs'
import { MetricsError } from '../errors.ts'
import type { Batch, Size } from './driver.ts'
import { Link } from './link.ts'
import type { Answer, Ask, Standing, Store } from './store.ts'
import { type Method, parcelOf } from './wire.ts'

/** What a threaded store is made of. */
export interface ThreadedOptions {
  /** The file that calls `serve` in the worker. */
  readonly url: URL
  /** Told to the worker as `workerData`. */
  readonly data: unknown
  /** The same store in this thread, for when no worker can be had (a bundler left its file out). */
  readonly local: () => Promise<Store>
  /** How long each call may take, ms. */
  readonly timeouts?: Partial<Record<Method, number>>
  /** The most that the worker's heap may take, MB: a runaway query ends the worker, not the app. */
  readonly heap?: number
  /** What is said of the store until it is open. */
  readonly opening?: Standing
}

const OPENING: Standing = { mode: 'disk', driver: 'sqlite', problem: null }

/** How long each call may take, ms. A lock of another process is waited for 5 s in there. */
const TIMEOUTS: Readonly<Record<Method, number>> = {
  open: 15_000,
  put: 10_000,
  answer: 30_000,
  maintain: 120_000,
  claim: 10_000,
  get: 10_000,
  swap: 10_000,
  size: 10_000,
  close: 5_000,
}

/** A store in a worker thread: the same calls, as messages. A worker that dies is started again. */
export class Threaded implements Store {
  readonly #options: ThreadedOptions
  readonly #timeouts: Readonly<Record<Method, number>>
  #link: Link | undefined
  #local: Promise<Store> | undefined
  #localStore: Store | undefined
  #standing: Standing
  /** What threads that have ended had turned away. */
  #refused = 0
  #closed: Promise<void> | undefined

  constructor(options: ThreadedOptions) {
    this.#options = options
    this.#standing = options.opening ?? OPENING
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts }
  }

  async open(): Promise<Standing> {
    return (await this.#call('open', [])) as Standing
  }

  async put(batch: Batch): Promise<void> {
    await this.#call('put', [batch])
  }

  async answer(ask: Ask): Promise<Answer> {
    return (await this.#call('answer', [ask])) as Answer
  }

  async maintain(now: number): Promise<void> {
    await this.#call('maintain', [now])
  }

  async claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    return (await this.#call('claim', [ids, owner, now])) as readonly boolean[]
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#call('get', [key])) as string | undefined
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    return (await this.#call('swap', [key, seen, next])) as boolean
  }

  async size(): Promise<Size> {
    return (await this.#call('size', [])) as Size
  }

  standing(): Standing {
    if (this.#localStore !== undefined) return this.#localStore.standing()
    const refused = this.#refused + (this.#standing.refused ?? 0)
    return refused === 0 ? this.#standing : { ...this.#standing, refused }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#local !== undefined) return (await this.#local).close()
    const link = this.#link
    if (link === undefined) return
    try {
      await link.call('close', [], this.#timeouts.close)
    } catch {
      // It is ended by force below; SQLite's file bears that.
    }
    await link.end()
  }

  async #call(method: Method, args: readonly unknown[]): Promise<unknown> {
    this.#mustBeOpen()
    if (this.#local === undefined) {
      const link = this.#linked()
      if (link !== undefined && (await link.usable(this.#timeouts[method]))) {
        if (method !== 'put') return link.call(method, args, this.#timeouts[method])
        const [parcel, buffers] = await parcelOf(args[0] as Batch)
        return link.call(method, [parcel], this.#timeouts[method], buffers)
      }
    }
    // While it waited for a thread.
    this.#mustBeOpen()
    const store = await this.#here()
    const work = store[method] as (...all: readonly unknown[]) => unknown
    return work.apply(store, [...args])
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw new MetricsError('closed', 'The store is closed')
  }

  /** The way to the worker; undefined when its file is not there. */
  #linked(): Link | undefined {
    const { url, data, heap = 512 } = this.#options
    if (this.#link === undefined && (url.protocol !== 'file:' || existsSync(url))) {
      const tell = (standing: Standing): void => void (this.#standing = standing)
      this.#link = new Link({ url, data, heap, tell, lost: () => this.#lost() })
    }
    return this.#link
  }

  #lost(): void {
    const { refused = 0, ...standing } = this.#standing
    this.#refused += refused
    this.#standing = standing
  }

  #here(): Promise<Store> {
    return (this.#local ??= this.#options.local().then(
      (store) => (this.#localStore = store),
      (error: unknown) => {
        this.#local = undefined
        throw error
      }
    ))
  }
}
