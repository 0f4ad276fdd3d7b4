import type { Worker } from 'node:worker_threads'
import { systemClock } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import type { Standing } from './store.ts'
import { type Method, type Reply, errorFrom } from './wire.ts'

/** What a link is told. */
export interface LinkOptions {
  readonly url: URL
  readonly data: unknown
  /** MB */
  readonly heap: number
  readonly tell: (standing: Standing) => void
  /** A thread has ended: what it has told is what it will ever have been. */
  readonly lost: () => void
}

interface Call {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: MetricsError) => void
  readonly timer: NodeJS.Timeout
}

/** Calls on their way at most: the flusher has one, the API a handful. */
const MOST_CALLS = 128
/** MB. With more, survivors can pass the limit by so much at once that Node 24 ends the process instead of the thread. */
const YOUNG = 16
const BACKOFF = { first: 100, most: 5_000 }

/** Calls to one worker thread and answers from it, over the deaths of that thread. It never keeps the process alive by itself. */
export class Link {
  readonly #options: LinkOptions
  readonly #calls = new Map<number, Call>()
  #worker: Worker | undefined
  #lastId = 0
  /** Calls that the present worker has not answered, those given up included. */
  #unanswered = 0
  #heardAt = 0
  #deaths = 0
  #why = 'it has not started'
  #ended = false
  /** Whether there is a worker; undefined until that is known. */
  #settled: boolean | undefined
  readonly #waiting = new Set<() => void>()

  constructor(options: LinkOptions) {
    this.#options = options
    this.#start()
  }

  /** Whether a worker has come to listen; false when the first died before that, so there will never be one. Rejects where neither happens in time. */
  async usable(timeout: number): Promise<boolean> {
    if (this.#settled === undefined) await this.#known(timeout)
    if (this.#settled !== undefined) return this.#settled
    throw new MetricsError('storage_timeout', `The storage thread has not come in time: ${this.#why}`)
  }

  #known(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      const known = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(known)
        resolve()
      }
      const timer = setTimeout(known, timeout)
      timer.unref()
      this.#waiting.add(known)
    })
  }

  #settle(usable: boolean): void {
    this.#settled ??= usable
    for (const known of this.#waiting) known()
  }

  /** Calls the worker, which gets `buffers` for itself; rejects with `storage_timeout`, `storage_busy` or `storage_failed` when no answer will come. */
  call(
    method: Method,
    args: readonly unknown[],
    timeout: number,
    buffers: readonly ArrayBuffer[] = []
  ): Promise<unknown> {
    const worker = this.#worker
    if (worker === undefined) {
      const state = this.#ended ? 'has ended' : 'is being started again'
      return Promise.reject(new MetricsError('storage_failed', `The storage thread ${state}: ${this.#why}`))
    }
    if (this.#unanswered >= MOST_CALLS) {
      return Promise.reject(new MetricsError('storage_busy', `The storage thread has ${MOST_CALLS} calls to answer`))
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      const sentAt = systemClock.monotonic()
      const timer = setTimeout(() => this.#late(id, method, sentAt), timeout)
      timer.unref()
      this.#calls.set(id, { resolve, reject, timer })
      this.#unanswered++
      worker.ref()
      try {
        worker.postMessage({ id, method, args }, [...buffers])
      } catch (cause) {
        this.#finish(id, (call) => call.reject(new MetricsError('storage_failed', 'This cannot be sent', { cause })))
      }
    })
  }

  /** Stops the thread for good. */
  async end(): Promise<void> {
    this.#ended = true
    const worker = this.#worker
    this.#lose('it was closed')
    this.#settle(false)
    await worker?.terminate()
  }

  #start(): void {
    const { url, data, heap } = this.#options
    try {
      // Else what the app preloads (--import) would run in there, too, by its arguments or by its environment.
      const { NODE_OPTIONS: _, ...env } = process.env
      const { Worker: Thread } = process.getBuiltinModule('node:worker_threads')
      const worker = new Thread(url, {
        workerData: data,
        name: 'pocketmetrics',
        execArgv: [],
        env,
        resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: YOUNG },
      })
      worker.unref()
      worker.on('message', (reply: Reply) => this.#heard(worker, reply))
      worker.on('messageerror', () => this.#died(worker, 'a message was not readable'))
      worker.on('error', (error: unknown) => this.#died(worker, oneOf(error), isPassing(error)))
      worker.on('exit', (code) => this.#died(worker, `it ended with code ${code}`))
      this.#worker = worker
    } catch (error) {
      this.#died(undefined, String(error), isPassing(error))
    }
  }

  #heard(worker: Worker, reply: Reply): void {
    if (worker !== this.#worker) return
    this.#heardAt = systemClock.monotonic()
    if (reply.standing !== undefined) this.#options.tell(reply.standing)
    if (reply.id === 0) {
      this.#settle(true)
      return
    }
    this.#deaths = 0
    this.#finish(reply.id, (call) => {
      if (reply.fault === undefined) call.resolve(reply.value)
      else call.reject(errorFrom(reply.fault))
    })
  }

  #finish(id: number, end: (call: Call) => void): void {
    this.#unanswered--
    if (this.#unanswered === 0) this.#worker?.unref()
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#calls.delete(id)
    clearTimeout(call.timer)
    end(call)
  }

  /** Gives a call up. A thread that was silent all the while is stuck, and replaced. */
  #late(id: number, method: Method, sentAt: number): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#calls.delete(id)
    call.reject(new MetricsError('storage_timeout', `The storage thread has not answered ${method} in time`))
    if (this.#heardAt < sentAt && this.#worker !== undefined) this.#died(this.#worker, 'it hung')
    // What it still owes must not keep the process alive.
    else if (this.#calls.size === 0) this.#worker?.unref()
  }

  #died(worker: Worker | undefined, why: string, passing: boolean = false): void {
    if (worker !== this.#worker) return
    this.#lose(why)
    // Its listeners stay: a worker without an `error` listener would take the app with it.
    void worker?.terminate()
    if (this.#settled === undefined && !passing) this.#ended = true
    if (this.#ended) {
      this.#settle(false)
      return
    }
    const wait = Math.min(BACKOFF.first * 2 ** this.#deaths++, BACKOFF.most)
    setTimeout(() => {
      if (!this.#ended) this.#start()
    }, wait).unref()
  }

  #lose(why: string): void {
    this.#why = why
    this.#options.lost()
    this.#worker?.unref()
    this.#worker = undefined
    this.#unanswered = 0
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const { timer, reject } of calls) {
      clearTimeout(timer)
      reject(new MetricsError('storage_failed', `The storage thread ended: ${why}`))
    }
  }
}

function oneOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** No file descriptors, no memory: there may be some again, and with them a thread. */
function isPassing(error: unknown): boolean {
  return /\b(EMFILE|ENFILE|ENOMEM|EAGAIN)\b/.test(oneOf(error))
}
