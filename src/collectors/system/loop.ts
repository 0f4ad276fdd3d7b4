import { performance } from 'node:perf_hooks'
import { Point } from '../../core/point.ts'
import type { Clock } from '../../core/time.ts'

/** How often `tick` is to be called, ms. */
export const TICK = 20
/** A turn of the event loop that takes longer holds up all others, ms. */
export const LONG_TURN = 25

/** What the event loop was like in a while. */
export interface LoopReading {
  /** By how much timers came too late, ms; null where nobody looked. */
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
  /** Share of the time in which it was busy, 0 to 1; null where the platform does not say. */
  readonly utilization: number | null
}

/** A view of the event loop of its own: what one reads is not gone for the others. */
export interface LoopWindow {
  /** What was since the last call. */
  read(): LoopReading
}

/** Milliseconds that the event loop has waited for something to do since it began; undefined where the platform does not say. */
export type Idle = () => number | undefined

/** Sees how late timers come, how busy the event loop is, and what it was held by. It is ticked from outside. */
export class EventLoop {
  readonly #clock: Clock
  readonly #idle: Idle
  readonly #windows = new Set<Window>()
  /** When the last tick was, and how long the loop had idled by then. */
  #tick: number
  #idled: number | undefined
  /** The latest moment at which it was known whose turn ended. */
  #mark: number
  #ticking = false
  /** Milliseconds of long turns of which nobody knows whose they were. */
  #stray = 0

  constructor(clock: Clock, idle: Idle = idleTime) {
    this.#clock = clock
    this.#idle = idle
    this.#tick = clock.monotonic()
    this.#mark = this.#tick
  }

  window(): LoopWindow {
    const window = new Window(this.#clock, this.#idle)
    this.#windows.add(window)
    return window
  }

  /** To be called each TICK ms; the answer is by how much it came too late (ms). */
  tick(): number {
    const now = this.#clock.monotonic()
    this.entered(now)
    const late = this.#ticking ? Math.max(0, now - this.#tick - TICK) : 0
    this.#ticking = true
    this.#tick = now
    this.#idled = this.#idle()
    for (const window of this.#windows) window.late(late)
    return late
  }

  /**
   * Somebody's part of a turn ends now: how long he has held up the loop, ms; 0 where that was no LONG_TURN. Two
   * comparisons, where it was none: ticks come in between, unless the loop was held up.
   */
  held(now: number): number {
    const since = now - Math.max(this.#tick, this.#mark)
    this.#mark = now
    if (since < LONG_TURN || !this.#ticking) return 0
    const held = Math.min(since, this.#busy(now))
    return held < LONG_TURN ? 0 : held
  }

  /** Somebody's part of a turn begins now: what was before it is nobody's. */
  entered(now: number): void {
    const held = this.held(now)
    if (held > 0) this.#stray += held
  }

  /** Milliseconds of long turns that were nobody's, since the last call. */
  stray(): number {
    const stray = this.#stray
    this.#stray = 0
    return stray
  }

  /** How long the loop was not idle since the last tick. */
  #busy(now: number): number {
    const idle = this.#idle()
    return now - this.#tick - (idle === undefined || this.#idled === undefined ? 0 : idle - this.#idled)
  }
}

class Window implements LoopWindow {
  readonly #clock: Clock
  readonly #idle: Idle
  #delays = new Point(true)
  #at: number
  #idled: number | undefined

  constructor(clock: Clock, idle: Idle) {
    this.#clock = clock
    this.#idle = idle
    this.#at = clock.monotonic()
    this.#idled = idle()
  }

  late(ms: number): void {
    this.#delays.observe(ms, -1)
  }

  read(): LoopReading {
    const delays = this.#delays
    const [at, idled] = [this.#at, this.#idled]
    this.#delays = new Point(true)
    this.#at = this.#clock.monotonic()
    this.#idled = this.#idle()
    const elapsed = this.#at - at
    const known = delays.count > 0
    const idle = idled === undefined || this.#idled === undefined ? undefined : this.#idled - idled
    return {
      p50: known ? delays.quantile(0.5) : null,
      p99: known ? delays.quantile(0.99) : null,
      max: known ? delays.max : null,
      utilization: idle === undefined || elapsed <= 0 ? null : Math.min(1, Math.max(0, 1 - idle / elapsed)),
    }
  }
}

/** Node's own count. Where it is not kept, as in Bun, it is 0 for ever. */
function idleTime(): number | undefined {
  const idle: unknown = performance.eventLoopUtilization?.().idle
  return typeof idle === 'number' && (idle > 0 || process.versions['bun'] === undefined) ? idle : undefined
}
