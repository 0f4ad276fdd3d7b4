import { type Across, DERIVED, type Kind, STORED, WHOLE } from '../names.ts'
import type { Dictionary } from './dictionary.ts'
import type { Measure } from './folding.ts'
import { valueOf } from './filters.ts'
import { near } from './near.ts'
import { type Aggregate, isPercentile } from './question.ts'

/** A metric as it is asked for: stored, or seen through a condition. */
export interface Shown {
  readonly name: string
  readonly kind: Kind | 'ratio'
  readonly unit: string
  /** A stored value times this is a value in `unit`. */
  readonly factor: number
  /** Whether percentiles can be asked. */
  readonly buckets: boolean
  /** The stored metric. */
  readonly of: string
  /** Of a gauge: how the latest values of several series come to one, where that is not usual for its unit. */
  readonly across?: Across
  /** Only this class of status counts (slot 0; slot 1 has the rest if it is a ratio). */
  readonly statusClass: string | null
  /** What is read where no aggregate is asked, if that is not what is usual for the kind. */
  readonly usual?: Aggregate
}

const BUILT_IN = new Map<string, (typeof STORED)[keyof typeof STORED]>(
  Object.values(STORED).map((metric) => [metric.name, metric])
)

/** The metric of a name: built in, derived or ever recorded; call `dictionary.find` before. */
export function shown(name: string, dictionary: Dictionary): Shown | undefined {
  const stored = BUILT_IN.get(name)
  if (stored !== undefined) {
    const { kind, unit, factor, buckets, across } = stored
    const shownAs = { name, kind, unit, factor, buckets, of: name, statusClass: null }
    return across === undefined ? shownAs : { ...shownAs, across }
  }
  const derived = DERIVED.find((each) => each.name === name)
  if (derived?.usual !== undefined) {
    const { kind, unit, factor, buckets } = BUILT_IN.get(derived.of)!
    return { name, kind, unit, factor, buckets, of: derived.of, statusClass: null, usual: derived.usual }
  }
  if (derived !== undefined) {
    const kind = derived.ratio ? 'ratio' : 'counter'
    return {
      name,
      kind,
      unit: derived.unit,
      factor: 1,
      buckets: false,
      of: derived.of,
      statusClass: derived.statusClass,
    }
  }
  const known = dictionary.metric(name)
  if (known === undefined) return undefined
  const { unit, buckets } = known
  return { name, kind: known.kind as Kind, unit, factor: 1, buckets, of: name, statusClass: null }
}

/** What a metric that nobody has recorded is taken for in invented answers. */
export function imagined(name: string, aggregates: readonly Aggregate[]): Shown {
  const unique = aggregates.includes('unique')
  const kind = unique ? 'unique' : 'counter'
  return { name, kind, unit: 'count', factor: 1, buckets: !unique, of: name, statusClass: null }
}

/** All names that can be asked for. */
export function names(dictionary: Dictionary): string[] {
  const all = new Set([...BUILT_IN.keys(), ...DERIVED.map((each) => each.name)])
  for (const each of dictionary.metrics()) all.add(each.metric)
  return [...all].sort()
}

/** One sentence on a metric that was never recorded. */
export function unknown(name: string, dictionary: Dictionary): string {
  const meant = near(name, names(dictionary), Math.max(2, Math.floor(name.length / 3)))
  return `No metric called ${name} has been recorded yet.${meant === undefined ? '' : ` Did you mean ${meant}?`}`
}

/** The same of whole instances, where that is asked; undefined where it is not kept, or not with these labels. */
export function byInstance(metric: Shown, labels: readonly string[]): Shown | undefined {
  const whole = Object.hasOwn(WHOLE, metric.of) ? WHOLE[metric.of as keyof typeof WHOLE] : undefined
  return whole === undefined || labels.some((label) => !ABOUT.has(label)) ? undefined : { ...metric, of: whole.name }
}

/** What is known of a whole instance. */
const ABOUT: ReadonlySet<string> = new Set(['instance', 'status_class'])

/** How a metric is folded for these aggregates. */
export function measure(metric: Shown, aggregates: readonly Aggregate[]): Measure {
  const { of, statusClass: only } = metric
  const ratio = metric.kind === 'ratio'
  return {
    metric: of,
    detail: aggregates.some((each) => isPercentile(each) || each === 'unique'),
    key: `${only} ${ratio}`,
    slots: ratio ? 2 : 1,
    slot: (labels) => (only === null || valueOf(labels, 'status_class') === only ? 0 : ratio ? 1 : -1),
  }
}
