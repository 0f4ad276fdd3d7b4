import type { Point } from '../../core/point.ts'
import { STORED, type StoredKey } from '../../names.ts'
import { merged } from '../../query/group.ts'
import type { Measure } from '../../query/folding.ts'
import type { Shown } from '../../query/metric.ts'
import { rounded } from '../../query/number.ts'
import type { Row } from '../../query/query.ts'
import { type Aggregate, PERCENTILES } from '../../query/question.ts'
import { read } from '../../query/readout.ts'

/** A column, the metric that it is read from, how, and an invented value. */
type Figure = readonly [column: string, key: StoredKey, aggregate: Aggregate, sample: number, type?: string]

const FIGURES: readonly Figure[] = [
  ['starts', 'starts', 'sum', 1],
  ['uptime_seconds', 'uptime', 'last', 86412],
  ['cpu_percent', 'cpu', 'last', 14.2],
  ['cpu_avg_percent', 'cpu', 'avg', 11.8],
  ['cpu_max_percent', 'cpu', 'max', 64.3],
  ['cpu_seconds', 'cpuTime', 'sum', 424.8],
  ['host_cpu_percent', 'hostCpu', 'last', 21.5],
  ['memory_mb', 'memory', 'last', 182.4],
  ['memory_avg_mb', 'memory', 'avg', 176.1],
  ['memory_max_mb', 'memory', 'max', 201.7],
  ['memory_percent', 'memoryPercent', 'last', 35.6],
  ['memory_limit_mb', 'memoryLimit', 'last', 512],
  ['container_memory_mb', 'containerMemory', 'last', 190.2],
  ['container_memory_percent', 'containerMemoryPercent', 'last', 37.1],
  ['host_memory_percent', 'hostMemoryPercent', 'last', 61.4],
  ['heap_mb', 'heap', 'last', 92.3],
  ['heap_max_mb', 'heap', 'max', 118.6],
  ['heap_percent', 'heapPercent', 'last', 4.3],
  ['external_mb', 'external', 'last', 6.2],
  ['disk_percent', 'disk', 'last', 48.9],
  ['disk_free_mb', 'diskFree', 'last', 20480],
  ['disk_root_percent', 'rootDisk', 'last', 48.9],
  ['load_1m', 'load1', 'last', 0.52],
  ['load_5m', 'load5', 'last', 0.48],
  ['load_15m', 'load15', 'last', 0.4],
  ['open_files', 'openFiles', 'last', 42],
  ['open_files_limit', 'openFilesLimit', 'last', 1048576],
  ['active_handles', 'handles', 'last', 17],
  ['event_loop_p50_ms', 'loopDelay', 'p50', 0.31],
  ['event_loop_p99_ms', 'loopDelay', 'p99', 2.1],
  ['event_loop_max_ms', 'loopDelay', 'max', 48.2],
  ['event_loop_utilization', 'loopUtilization', 'last', 0.12],
  ['event_loop_avg_utilization', 'loopUtilization', 'avg', 0.09],
  ['gc_ms', 'gc', 'sum', 812.4],
  ['gc_count', 'gc', 'count', 410],
  ['gc_max_ms', 'gc', 'max', 21.3],
  ['gc_minor_ms', 'gc', 'sum', 512.9, 'minor'],
  ['gc_major_ms', 'gc', 'sum', 244, 'major'],
  ['gc_incremental_ms', 'gc', 'sum', 41.2, 'incremental'],
  ['gc_weakcb_ms', 'gc', 'sum', 14.3, 'weakcb'],
]

const KEYS: readonly StoredKey[] = [...new Set(FIGURES.map(([, key]) => key))]
const TYPES: readonly string[] = ['minor', 'major', 'incremental', 'weakcb']

/** Invented figures. */
export const FIGURES_SAMPLE: Row = Object.fromEntries(FIGURES.map(([column, , , sample]) => [column, sample]))

/** What is folded for the figures; of garbage collection each type by itself. */
export const MEASURES: readonly Measure[] = KEYS.map((key) => {
  const detail = FIGURES.some(([, of, aggregate]) => of === key && Object.hasOwn(PERCENTILES, aggregate))
  const metric = STORED[key].name
  if (key !== 'gc') return { metric, detail, slots: 1, slot: () => 0, key: 'all' }
  return {
    metric,
    detail,
    slots: TYPES.length,
    slot: (labels) => TYPES.indexOf(labels.get('type') ?? ''),
    key: 'types',
  }
})

/** Gives the point of a measure and slot. */
export type PointOf = (measure: number, slot: number) => Point | undefined

/** Where a figure is read, found out once. */
interface Place {
  readonly column: string
  readonly measure: number
  readonly slots: readonly number[]
  readonly aggregate: Aggregate
  readonly shown: Shown
}

const PLACES: readonly Place[] = FIGURES.map(([column, key, aggregate, , type]) => ({
  column,
  measure: KEYS.indexOf(key),
  slots: type !== undefined ? [TYPES.indexOf(type)] : key === 'gc' ? [...TYPES.keys()] : [0],
  aggregate,
  shown: { ...STORED[key], of: STORED[key].name, statusClass: null },
}))

/** The figures of one instance; null for what was not measured. */
export function figures(pointOf: PointOf): Row {
  const row: Record<string, number | null> = {}
  for (const { column, measure, slots, aggregate, shown } of PLACES) {
    const first = slots.length === 1 ? pointOf(measure, slots[0]!) : merged(slots.map((slot) => pointOf(measure, slot)))
    const value = first === undefined ? null : read({ first, rest: undefined }, aggregate, shown, 1, 'second')
    row[column] = value === null ? null : rounded(value, 3)
  }
  return row
}
