/**
 * Measures the turns of this thread's event loop by taking part in each of them. On a busy machine a turn holds the time
 * that others had, too: measure often and take the median of the longest ones.
 */
export class LoopProbe {
  #on = true
  #at = performance.now()
  #longest = 0

  constructor() {
    setImmediate(() => this.#turn())
  }

  /** Ends measuring; the longest turn, ms. */
  stop(): number {
    this.#look()
    this.#on = false
    return this.#longest
  }

  #turn(): void {
    if (!this.#on) return
    this.#look()
    setImmediate(() => this.#turn())
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
