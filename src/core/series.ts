import { Point } from './point.ts'

/** Where a series puts the points that it fills. */
export interface Windows {
  /** The minute that a value seen at `at` belongs to: never earlier than one already given for this writer. */
  windowFor(at: number): PointWindow
  /** When it was last looked after, in ms that never jump. */
  readonly tick: number
  /** Who takes what comes for a series that was forgotten: itself, known again, or another one. */
  revive(series: Series): Series
}

/** Stands in where nothing is observed: a histogram takes kilobytes. */
const NOTHING = new Point()

/** One minute of one writer: the points that were filled in it. */
export interface PointWindow {
  readonly start: number
  readonly end: number
  readonly writer: string
  readonly filled: { readonly series: Series; readonly point: Point }[]
}

/** One metric with one label set; the handle that recording code holds. */
export class Series {
  /** Ids of the metric and of the label set, 16 hex digits. */
  readonly metric: string
  readonly labels: string
  readonly #buckets: boolean
  readonly #keepsLast: boolean
  readonly #windows: Windows
  #window: PointWindow | undefined
  #point: Point
  #start = 0
  #end = 0
  #used: number
  #forgotten = false

  constructor(metric: string, labels: string, buckets: boolean, keepsLast: boolean, windows: Windows) {
    this.metric = metric
    this.labels = labels
    this.#buckets = buckets
    this.#keepsLast = keepsLast
    this.#windows = windows
    this.#point = new Point(buckets)
    this.#used = windows.tick
  }

  /** The tick of its latest minute. */
  get used(): number {
    return this.#used
  }

  /** Whether the registry has let go of it; it comes back with the next value. */
  get isForgotten(): boolean {
    return this.#forgotten
  }

  /** Lets go of what it holds; false while a minute has points of it. */
  forget(): boolean {
    if (this.#window !== undefined) return false
    this.#forgotten = true
    this.#point = NOTHING
    return true
  }

  /** The series that takes values now, which marks it as used: itself, unless it was forgotten and there is no room for it. */
  living(): Series {
    this.#used = this.#windows.tick
    if (!this.#forgotten) return this
    const living = this.#windows.revive(this)
    this.#forgotten = living !== this
    return living
  }

  /** Takes in a finite value seen at `at`, Unix ms. Nothing is allocated but once a minute. */
  observe(value: number, at: number): void {
    if (at >= this.#end || at < this.#start) this.#turn(at)
    this.#point.observe(value, this.#keepsLast ? Math.floor(at) : -1)
  }

  /** Takes in an id seen at `at`, by the halves of its hash. */
  observeId(hi: number, lo: number, at: number): void {
    if (at >= this.#end || at < this.#start) this.#turn(at)
    this.#point.observeId(hi, lo, Math.floor(at))
  }

  /** The points of this window are kept elsewhere now: the next value begins another. */
  leave(window: PointWindow): void {
    if (this.#window !== window) return
    this.#window = undefined
    this.#start = 0
    this.#end = 0
  }

  #turn(at: number): void {
    const living = this.living()
    if (living !== this) return this.#follow(living, at)
    const window = this.#windows.windowFor(at)
    this.#start = window.start
    this.#end = window.end
    if (window === this.#window) return
    this.#window = window
    this.#point = new Point(this.#buckets)
    window.filled.push({ series: this, point: this.#point })
  }
  /** Another one has its place: the value goes there, and so does each one to come, through `#turn`. */
  #follow(living: Series, at: number): void {
    if (at >= living.#end || at < living.#start) living.#turn(at)
    this.#point = living.#point
  }
}
