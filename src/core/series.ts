import { Point } from './point.ts'

/** Where a series puts the points that it fills. */
export interface Windows {
  /** The minute that a value seen at `at` belongs to: never earlier than one already given for this writer. */
  windowFor(at: number): PointWindow
}

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

  constructor(metric: string, labels: string, buckets: boolean, keepsLast: boolean, windows: Windows) {
    this.metric = metric
    this.labels = labels
    this.#buckets = buckets
    this.#keepsLast = keepsLast
    this.#windows = windows
    this.#point = new Point(buckets)
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
    const window = this.#windows.windowFor(at)
    this.#start = window.start
    this.#end = window.end
    if (window === this.#window) return
    this.#window = window
    this.#point = new Point(this.#buckets)
    window.filled.push({ series: this, point: this.#point })
  }
}
