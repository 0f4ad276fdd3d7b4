import { breather } from '../core/breathe.ts'
import { DAY } from '../core/time.ts'
import { align } from '../query/buckets.ts'
import { cover } from '../query/cover.ts'
import { metricId } from '../query/dictionary.ts'
import type { Reader } from '../query/query.ts'
import { zoneOf } from '../query/zone.ts'

/** A label set. */
export type LabelSet = ReadonlyMap<string, string>

/** The label sets that each of these metrics was recorded with in the last `days`. */
export async function labelSets(
  metrics: readonly string[],
  reader: Reader,
  now: number,
  days: number
): Promise<Map<string, ReadonlySet<LabelSet>>> {
  const found = new Map(metrics.map((metric) => [metric, new Set<LabelSet>()]))
  const home = zoneOf(reader.timezone)
  const start = Math.max(0, align(now - days * DAY, '1d', home))
  const spans = { starts: [start], ends: [now] }
  const { driver, kept, dictionary } = reader
  const breathe = breather()
  for await (const { box } of cover({ driver, spans, detail: false, now, kept, home, warn: () => undefined })) {
    const labelsAt = await dictionary.labels(box.labels)
    for (const [metric, sets] of found) {
      // Only which series there are is wanted: no point is kept.
      box.fold(metricId(metric), false, (at) => void sets.add(labelsAt(at)))
    }
    const pause = breathe()
    if (pause !== undefined) await pause
  }
  return found
}

/** The label keys of a metric, in order. */
export async function labelKeys(metric: string, reader: Reader, now: number): Promise<string[]> {
  const sets = (await labelSets([metric], reader, now, 35)).get(metric) ?? []
  return [...new Set([...sets].flatMap((labels) => [...labels.keys()]))].sort()
}
