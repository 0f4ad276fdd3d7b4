import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * Measures the turns of this thread's event loop by taking part in each of them. On a busy machine a turn holds the time
 * that others had, too: measure often and take the median of the longest ones.
 */
export class LoopProbe {
  #on = true
  #at = performance.now()
  #longest = 0
  /** Made once: what is made anew in each turn makes turns of its own for the garbage collector. */
  readonly #turn = (): void => {
    if (!this.#on) return
    this.#look()
    setImmediate(this.#turn)
  }

  constructor() {
    setImmediate(this.#turn)
  }

  /** Ends measuring; the longest turn, ms. */
  stop(): number {
    this.#look()
    this.#on = false
    return this.#longest
  }

  #look(): void {
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#at)
    this.#at = now
  }
}

/** Milliseconds of CPU time that this thread has had, to some milliseconds: the kernel counts it in ticks. */
export function threadCpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/**
 * The longest turn of this thread while it does nothing and another one works for `ms`: what the machine itself makes of
 * a turn. On few cores that is more than a library's own.
 */
export async function idleTurn(ms: number): Promise<number> {
  const spinner = new Worker(
    'const until = Date.now() + require("node:worker_threads").workerData; while (Date.now() < until);',
    {
      eval: true,
      workerData: ms,
    }
  )
  await once(spinner, 'online')
  const probe = new LoopProbe()
  await once(spinner, 'exit')
  return probe.stop()
}
