import { ageing, type Family, type MetricShape } from './family.ts'
import { hash } from './ids.ts'
import { canonical, type Labels, labelsText, metricText, widest } from './labels.ts'
import { type PointWindow, Series, type Windows } from './series.ts'
import { DAY, MINUTE } from './time.ts'

/** A dictionary entry that the store may not have yet. */
export interface Naming {
  readonly id: string
  readonly text: string
}

/** The limits and identity of a registry. */
export interface RegistryOptions {
  /** One per process start. */
  readonly writer: string
  /** Labels that every series carries. */
  readonly labels: Labels
  readonly maxSeries: number
  readonly maxSeriesPerMetric: number
  /** The value of every label of the series that takes what is over a limit. */
  readonly overflow: string
  /** Called once per metric, when its first label set lands in the overflow series; `widest` has the most values ('' if none). */
  readonly overflowed: (metric: string, labels: Labels, widest: string) => void
  /** A series without a value for so long (ms) is forgotten: as long as the longest tier is kept. Default: none ever is. */
  readonly forgetAfter?: number
  /** Called when series of a metric were forgotten. */
  readonly forgot?: (metric: string) => void
}

/** The clock may step back this far within one writer; further back a new writer begins. */
const BACK = 10 * MINUTE

/** Where a forgotten series was. */
interface Place {
  readonly metric: MetricShape
  readonly key: string
  readonly isOverflow: boolean
}

/** All series of a process, and the minutes that they fill. */
export class Registry implements Windows {
  readonly #options: RegistryOptions
  readonly #families = new Map<string, Family>()
  #windows: PointWindow[] = []
  #count = 0
  /** How often the clock has stepped far back; each begins a writer of its own. */
  #epoch = 0
  /** Start of the newest window of this epoch, and of the newest one forgotten. */
  #latest = -Infinity
  #done = -Infinity
  #names = new Map<string, Naming>()
  #tick = 0
  /** The first tick, and that at which all series were looked at last. */
  #began: number | undefined
  #agedAt = 0
  #round: Iterator<undefined> | undefined
  /** Handles may outlive what is known of their series. */
  readonly #gone = new WeakMap<Series, Place>()
  /** Called before minutes or names are read, and before a minute begins: whoever counts in batches counts what it has. */
  readonly ahead: (() => void)[] = []

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /** The series of a metric with these labels; beyond the limits, the metric's overflow series. */
  series(metric: MetricShape, labels: Labels): Series {
    const family = this.#family(metric)
    const key = canonical(labels)
    const known = family.series.get(key)
    if (known !== undefined) return known
    if (this.#isFull(family)) return this.#overflow(family, labels)
    return this.#keep(family, key, this.#make(family, labels))
  }

  get tick(): number {
    return this.#tick
  }

  /**
   * Called now and then (`tick`: ms that never jump). Once a day, some at each call, names in use are told anew, so that a
   * store keeps them, and what had no value for longer than anything is kept is forgotten: it takes no room any more.
   */
  age(tick: number): void {
    this.#tick = tick
    if (this.#began === undefined) this.#began = this.#agedAt = tick
    if (this.#round === undefined) {
      if (tick - this.#agedAt < DAY) return
      this.#agedAt = tick
      this.#round = this.#look(this.#began)
    }
    if (this.#round.next().done === true) this.#round = undefined
  }

  /** A value has come for a forgotten series: it is as if it came for the first time. */
  revive(series: Series): Series {
    const place = this.#gone.get(series)
    if (place === undefined) return series
    const { metric, key, isOverflow } = place
    const family = this.#family(metric)
    const known = isOverflow ? family.overflow : family.series.get(key)
    if (known !== undefined) return known
    if (isOverflow) family.overflow = series
    else if (this.#isFull(family)) return this.#overflow(family, JSON.parse(key) as Labels)
    this.#gone.delete(series)
    this.#tellOf(family, series, key)
    return this.#keep(family, key, series)
  }

  /** Who writes now: the process, and a number once the clock has stepped far back. */
  get writer(): string {
    return this.#epoch === 0 ? this.#options.writer : `${this.#options.writer}.${this.#epoch}`
  }

  /** Whether a series is the one that takes what is over its metric's limit. */
  isOverflow(metric: string, series: Series): boolean {
    return this.#families.get(metric)?.overflow === series
  }

  /** How a metric was first described, if it was. */
  shape(metric: string): MetricShape | undefined {
    return this.#families.get(metric)?.metric
  }

  /** Whether a metric is known or there is room for one more: names made from data must not fill the memory. */
  takes(metric: string): boolean {
    return this.#families.has(metric) || this.#families.size < this.#options.maxSeries
  }

  /** How many series there are. */
  get size(): number {
    return this.#count
  }

  /** Minutes with points that nobody has forgotten yet, oldest first. */
  get windows(): readonly PointWindow[] {
    this.#catchUp()
    return this.#windows
  }

  /** Drops a window whose points are kept elsewhere now; what comes for it yet, by a clock that steps back, goes into a later one. */
  forget(window: PointWindow): void {
    this.#windows = this.#windows.filter((other) => other !== window)
    for (const { series } of window.filled) series.leave(window)
    if (window.writer === this.writer) this.#done = Math.max(this.#done, window.start)
  }

  /** Names not yet told, or all of them, so that a store can mark them as still in use. */
  names(all: boolean): Naming[] {
    this.#catchUp()
    for (const family of all ? this.#families.values() : []) {
      for (const [key, series] of family.series) this.#tellOf(family, series, key)
    }
    return [...this.#names.values()]
  }

  /** These names are kept. */
  told(names: readonly Naming[]): void {
    for (const { id } of names) this.#names.delete(id)
  }

  windowFor(at: number): PointWindow {
    const wanted = Math.floor(at / MINUTE) * MINUTE
    if (wanted !== this.#latest) this.#catchUp()
    if (wanted <= this.#latest - BACK) {
      this.#epoch++
      this.#done = this.#latest = -Infinity
    }
    // A box is put whole: a minute whose points are forgotten must not be begun again under the same name.
    const start = Math.max(wanted, this.#latest, this.#done + MINUTE)
    const latest = this.#windows.at(-1)
    if (start === this.#latest && latest?.start === start) return latest
    this.#latest = start
    const window: PointWindow = { start, end: start + MINUTE, writer: this.writer, filled: [] }
    this.#windows.push(window)
    return window
  }

  #family(metric: MetricShape): Family {
    const known = this.#families.get(metric.name)
    if (known !== undefined) return known
    const family: Family = { metric, id: hash(metric.name), series: new Map(), overflow: undefined }
    this.#families.set(metric.name, family)
    this.#tell(family.id, metricText(metric))
    return family
  }

  #isFull(family: Family): boolean {
    return family.series.size >= this.#options.maxSeriesPerMetric || this.#count >= this.#options.maxSeries
  }

  #make(family: Family, labels: Labels): Series {
    const text = labelsText({ ...this.#options.labels, ...labels })
    const id = hash(text)
    this.#tell(id, text)
    return new Series(family.id, id, family.metric.buckets, family.metric.kind !== 'histogram', this)
  }

  #overflow(family: Family, labels: Labels): Series {
    if (family.overflow !== undefined) return family.overflow
    this.#options.overflowed(family.metric.name, labels, widest([...family.series.keys(), canonical(labels)]))
    const all = Object.fromEntries(Object.keys(labels).map((key) => [key, this.#options.overflow]))
    family.overflow = this.#make(family, all)
    return this.#keep(family, canonical(all), family.overflow)
  }

  #keep(family: Family, key: string, series: Series): Series {
    // An app may use the overflow's labels itself.
    if (!family.series.has(key)) this.#count++
    family.series.set(key, series)
    return series
  }

  #look(began: number): Iterator<undefined> {
    const { forgetAfter = Infinity, forgot } = this.#options
    return ageing(this.#families, {
      silence: (series) => this.#tick - Math.max(series.used, began),
      used: (family, series, key) => this.#tellOf(family, series, key),
      forgetAfter,
      forget: (family, series, key) => this.#drop(family, series, key),
      forgot: (metric) => forgot?.(metric),
    })
  }

  #drop(family: Family, series: Series, key: string): void {
    if (!series.forget()) return
    this.#gone.set(series, { metric: family.metric, key, isOverflow: family.overflow === series })
    if (family.overflow === series) family.overflow = undefined
    family.series.delete(key)
    this.#count--
  }

  #tellOf(family: Family, series: Series, key: string): void {
    this.#tell(family.id, metricText(family.metric))
    this.#tell(series.labels, `{"labels":${this.#withConstant(key)}}`)
  }

  #catchUp(): void {
    for (const count of this.ahead) count()
  }

  #tell(id: string, text: string): void {
    this.#names.set(id, { id, text })
  }

  #withConstant(key: string): string {
    return canonical({ ...this.#options.labels, ...(JSON.parse(key) as Labels) })
  }
}
