import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What becomes of the bytes of one direction. */
export interface Course {
  readonly delay: () => number
  readonly rate: () => number
  /** Asked for each chunk; false: it vanishes. */
  readonly passes: () => boolean
  /** The same for the end. */
  readonly ends: () => boolean
}

interface Part {
  readonly at: number
  readonly chunk: Buffer
}

const FULL = 4 * 1024 * 1024
const STEP = 4096

/** One direction of a connection: bytes come out in order, later and slower than they went in. */
export class Flow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #course: Course
  readonly #parts: Part[] = []
  #bytes = 0
  #ended = false
  #running: Promise<void> | undefined

  constructor(from: Socket, to: Socket, course: Course) {
    this.#from = from
    this.#to = to
    this.#course = course
    from.on('data', (chunk: Buffer) => this.#take(chunk))
    from.on('end', () => course.ends() && this.end())
  }

  /** Nothing comes any more; what is on its way still arrives. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#run()
  }

  /** Settled when all that was on its way has arrived. */
  async closed(): Promise<void> {
    await this.#running
  }

  #take(chunk: Buffer): void {
    if (!this.#course.passes()) return
    this.#parts.push({ at: performance.now() + this.#course.delay(), chunk })
    this.#bytes += chunk.length
    if (this.#bytes > FULL) this.#from.pause()
    this.#run()
  }

  #run(): void {
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined
      if (this.#parts.length > 0) this.#run()
    })
  }

  async #drain(): Promise<void> {
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) {
      const left = part.at - performance.now()
      if (left > 0) await pause(left)
      await this.#write(part.chunk)
      this.#bytes -= part.chunk.length
      if (this.#bytes <= FULL) this.#from.resume()
    }
    if (this.#ended) this.#to.end()
  }

  async #write(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#to.destroyed;) {
      const rate = this.#course.rate()
      const step = rate === Infinity ? chunk.length : Math.min(STEP, Math.max(1, Math.ceil(rate / 20)))
      const part = chunk.subarray(at, at + step)
      at += step
      this.#to.write(part)
      if (rate !== Infinity) await pause((part.length / rate) * 1000)
    }
  }
}
