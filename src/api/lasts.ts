import { acrossOf } from '../names.ts'
import { fold } from '../query/fold.ts'
import { APART, levelled } from '../query/levels.ts'
import type { Shown } from '../query/metric.ts'
import type { Reader } from '../query/query.ts'

/** The latest value of each gauge since `from`, in stored units: of all its series together, in place of the latest one's. */
export async function lasts(
  metrics: readonly Shown[],
  from: number,
  reader: Reader,
  now: number
): Promise<ReadonlyMap<string, number>> {
  const gauges = metrics.filter(({ kind }) => kind === 'gauge')
  if (gauges.length === 0) return new Map()
  const measures = gauges.map(({ of }) => ({ metric: of, detail: false, slots: 1, slot: () => 0, key: 'all' }))
  const spans = { starts: [from], ends: [now] }
  const found = await fold({ spans, measures, labels: APART, filters: [] }, reader, now)
  const across = gauges.map(acrossOf)
  const [group] = levelled(found, 0, across).groups
  const pairs = gauges.map(({ name }, i) => [name, group?.whole(i, 0)?.last] as const)
  return new Map(pairs.flatMap(([name, last]) => (last === undefined ? [] : [[name, last] as const])))
}
