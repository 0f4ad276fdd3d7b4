import { hash } from '../core/ids.ts'
import { legalName } from './exposition.ts'

/** What a stored metric becomes in the exposition. */
export interface Family {
  /** Without `_total`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  readonly help: string
  /** Base unit that ends the name, or ''. */
  readonly unit: string
  /** A stored value times this is exposed. */
  readonly factor: number
  /** Upper ends of the classic buckets, in exposed units; empty where there are none. */
  readonly bounds: readonly number[]
}

/** What must be known of a metric to name it. */
export interface Described {
  readonly name: string
  readonly kind: string
  readonly unit: string
  readonly buckets: boolean
  readonly help: string
  /** Name and factor of a built-in metric. */
  readonly prometheus?: readonly [name: string, factor: number] | undefined
  /** Upper ends of its buckets, in exposed units. */
  readonly bounds?: readonly number[] | undefined
}

// Fixed for ever, whatever the data: a histogram whose bounds move cannot be added up. Those of requests are OpenTelemetry's.
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600]
const BYTES = [64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864, 268435456]
const ANYTHING = [0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10000, 100000]

const BASE: ReadonlyMap<string, readonly [unit: string, factor: number]> = new Map([
  ['s', ['seconds', 1]],
  ['seconds', ['seconds', 1]],
  ['ms', ['seconds', 1e-3]],
  ['bytes', ['bytes', 1]],
])

/**
 * The families of these metrics, by metric name; each sample name belongs to one family only.
 * A tracked metric is a summary: its values may be negative (refunds), so its sum may fall, which no counter may.
 */
export function families(metrics: readonly Described[]): Map<string, Family> {
  const taken = new Set<string>()
  const found = new Map<string, Family>()
  const rank = (metric: Described): number =>
    metric.prometheus !== undefined ? 0 : legalName(metric.name) === metric.name ? 1 : 2
  // Order decides who keeps a name that two want, so it may depend on nothing but the names.
  const inOrder = [...metrics].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
  for (const metric of inOrder) {
    const type = typeOf(metric)
    if (type === undefined) continue
    const wanted = named(metric, type)
    const free = sampleNames(wanted.name, type).some((name) => taken.has(name))
      ? { ...wanted, name: `${wanted.name}_${hash(metric.name).slice(0, 8)}`, unit: '' }
      : wanted
    for (const name of sampleNames(free.name, type)) taken.add(name)
    found.set(metric.name, { ...free, type, help: metric.help, bounds: type === 'histogram' ? boundsOf(metric) : [] })
  }
  return found
}

function typeOf(metric: Described): Family['type'] | undefined {
  if (metric.kind === 'counter') return metric.buckets ? 'summary' : 'counter'
  if (metric.kind === 'unique') return 'gauge'
  return metric.kind === 'gauge' || metric.kind === 'histogram' ? metric.kind : undefined
}

function named(metric: Described, type: Family['type']): Pick<Family, 'name' | 'unit' | 'factor'> {
  if (metric.prometheus !== undefined) {
    const [name, factor] = metric.prometheus
    return { name, factor, unit: /_(seconds|bytes)$/.exec(name)?.[1] ?? '' }
  }
  // It may fall, and without the time it would say nothing.
  if (metric.kind === 'unique') return { name: `${legalName(metric.name)}_24h`, factor: 1, unit: '' }
  const [unit, factor] = BASE.get(metric.unit) ?? ['', 1]
  let name = legalName(metric.name)
  if (type === 'counter') name = name.replace(/(?<=.)_total$/, '')
  if (factor !== 1) name = name.replace(/(?<=.)_ms$/, '')
  if (unit !== '' && !name.endsWith(`_${unit}`)) name = `${name}_${unit}`
  return { name, unit, factor }
}

function boundsOf(metric: Described): readonly number[] {
  if (metric.bounds !== undefined) return metric.bounds
  if (metric.prometheus !== undefined && metric.unit === 'ms') return REQUEST_SECONDS
  const unit = BASE.get(metric.unit)?.[0]
  return unit === 'seconds' ? SECONDS : unit === 'bytes' ? BYTES : ANYTHING
}

function sampleNames(name: string, type: Family['type']): readonly string[] {
  if (type === 'counter') return [name, `${name}_total`, `${name}_created`]
  if (type === 'gauge') return [name]
  return [name, `${name}_sum`, `${name}_count`, `${name}_created`, ...(type === 'histogram' ? [`${name}_bucket`] : [])]
}
