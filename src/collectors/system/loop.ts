import { Point } from '../../core/point.ts'
import type { Clock } from '../../core/time.ts'

/**
 * How long until the next tick, ms. To wake a process that idles costs more than all that is then done, some 0.1 ms; one
 * that is busy is awake. So while nothing is asked and nothing is late it is left alone; the more is asked, the more
 * closely it is watched, as each tick tells apart whose turn was whose.
 */
export const TICKS = { idle: 1_000, used: 100, busy: 20 } as const
/** Parts of turns that end in a millisecond, of which each request has three: from 50 requests a second on it is busy. */
const BUSY = 0.15
/** After its start, or a tick that came late, it is not left alone for so long, ms. */
const WARY = 10_000
/** A turn of the event loop that takes longer holds up all others, ms: what browsers call a long task. */
export const LONG_TURN = 50

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
  #tick: number
  /** How long after the one before it the next tick is to come. */
  #wait: number = TICKS.used
  #waryUntil: number
  /** How many parts of turns have ended since the last tick. */
  #parts = 0
  /** When it was last looked how long the loop has idled, and how long that was. */
  #looked: number
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
    this.#waryUntil = this.#tick + WARY
    this.#mark = this.#tick
    this.#looked = this.#tick
  }

  window(): LoopWindow {
    const window = new Window(this.#clock, this.#idle)
    this.#windows.add(window)
    return window
  }

  /** In how many ms the next tick is to come. */
  get next(): number {
    return this.#wait
  }

  /** `crowded`: requests wait beside each other, so that it matters whose turn was whose. The answer is by how much it came too late (ms). */
  tick(crowded: boolean = false): number {
    const now = this.#clock.monotonic()
    this.entered(now)
    const late = this.#ticking ? Math.max(0, now - this.#tick - this.#wait) : 0
    if (late >= LONG_TURN) this.#waryUntil = now + WARY
    this.#wait = this.#pace(now, crowded)
    this.#parts = 0
    this.#ticking = true
    this.#tick = now
    this.#busy(now)
    for (const window of this.#windows) window.late(late)
    return late
  }

  /**
   * Somebody's part of a turn ends now: how long he has held up the loop, ms; 0 where that was no LONG_TURN. Two
   * comparisons, where others end theirs meanwhile: the loop is looked at only after a while in which nobody did.
   */
  held(now: number): number {
    const since = now - Math.max(this.#looked, this.#mark)
    this.#mark = now
    this.#parts++
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

  #pace(now: number, crowded: boolean): number {
    // One part is that of the tick itself.
    const parts = this.#parts - 1
    if (parts > 0 && (crowded || parts >= BUSY * (now - this.#tick))) return TICKS.busy
    return parts > 0 || now < this.#waryUntil ? TICKS.used : TICKS.idle
  }

  /** How long the loop was not idle since it was last looked; at least so long, where only a tick that is overdue tells. */
  #busy(now: number): number {
    const [before, idle] = [this.#idled, this.#idle()]
    const busy = now - this.#looked - (idle === undefined || before === undefined ? this.#wait : idle - before)
    this.#idled = idle
    this.#looked = now
    return busy
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
