/** The longest turn of an event loop, ms: by the clock, and by the CPU time that this thread had in it. */
export interface Longest {
  readonly wall: number
  readonly cpu: number
}

/**
 * Measures the turns of this thread's event loop by taking part in each of them. On a busy machine a turn by the clock
 * holds the time that others had; CPU time does not.
 */
export class LoopProbe {
  #on = true
  #wall = 0
  #cpu = 0
  #longestWall = 0
  #longestCpu = 0
  #turns = 0

  constructor() {
    this.#mark()
    setImmediate(() => this.#turn())
  }

  /** Ends measuring. */
  stop(): Longest {
    this.#look()
    this.#on = false
    return { wall: this.#longestWall, cpu: this.#longestCpu }
  }

  get turns(): number {
    return this.#turns
  }

  #turn(): void {
    if (!this.#on) return
    this.#look()
    this.#turns++
    setImmediate(() => this.#turn())
  }

  #look(): void {
    this.#longestWall = Math.max(this.#longestWall, performance.now() - this.#wall)
    this.#longestCpu = Math.max(this.#longestCpu, threadCpu() - this.#cpu)
    this.#mark()
  }

  #mark(): void {
    this.#wall = performance.now()
    this.#cpu = threadCpu()
  }
}

/** Milliseconds of CPU time that this thread has had. */
export function threadCpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
