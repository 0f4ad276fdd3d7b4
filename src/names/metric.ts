/** The four kinds of metric. */
export type Kind = 'counter' | 'gauge' | 'histogram' | 'unique'

/** How the latest values of a gauge from several series, instances among them, come to one. */
export type Across = 'sum' | 'mean' | 'max'

/** What a metric is; kept in the dictionary, so every process and every reader agrees. */
export interface Metric {
  readonly name: string
  readonly kind: Kind
  /** Shown in answers: `ms`, `USD`, `requests`, `count` … */
  readonly unit: string
  /** Keeps a histogram, so percentiles can be asked. */
  readonly buckets: boolean
  /** A stored value times this is a value in `unit`: durations are stored in whole microseconds. */
  readonly factor: number
  /** One line for people and for Prometheus' HELP. */
  readonly help: string
  /** Name in the Prometheus exposition without `_total`, and what a stored value is multiplied with there. */
  readonly prometheus?: readonly [name: string, factor: number]
  /** Of a gauge: how its latest values come to one. Default: `mean` of what is in percent or the like, else `sum`. */
  readonly across?: Across
  /** In the exposition all instances are one number: a scraper that asks one of them hears of all. */
  readonly shared?: boolean
  /** Upper ends of its buckets in the exposition, in exposed units, where those of requests do not fit. */
  readonly bounds?: readonly number[]
  /** OpenTelemetry's name, where semantic conventions have one. */
  readonly otel?: string
}

export const MICRO = 1e-6
/** Money is stored in whole billionths of a dollar, so that sums are exact. */
export const NANO = 1e-9

const MEANS: ReadonlySet<string> = new Set(['percent', 'ratio', 'status'])

/** How the latest values of a gauge come to one. */
export function acrossOf({ unit, across }: { readonly unit: string; readonly across?: Across | undefined }): Across {
  return across ?? (MEANS.has(unit) ? 'mean' : 'sum')
}

/** A built-in metric that is stored. */
export function stored(name: string, kind: Kind, unit: string, help: string, more: Partial<Metric> = {}): Metric {
  return { name, kind, unit, help, factor: 1, buckets: kind === 'histogram', ...more }
}
