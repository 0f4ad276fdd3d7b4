import { breather } from '../core/breathe.ts'
import { DAY, MINUTE } from '../core/time.ts'
import { cover } from '../query/cover.ts'
import { metricId } from '../query/dictionary.ts'
import type { Reader } from '../query/query.ts'
import { zoneOf } from '../query/zone.ts'
import { Tallies } from './tallies.ts'

const QUARTER = 15 * MINUTE

/** The series of each of these metrics with what came in the last 24 hours, from a full quarter of an hour on. */
export async function lastDay(
  metrics: readonly string[],
  reader: Reader,
  now: number
): Promise<ReadonlyMap<string, Tallies>> {
  const found = new Map(metrics.map((metric) => [metric, new Tallies([])]))
  if (metrics.length === 0) return found
  const spans = { starts: [Math.floor((now - DAY) / QUARTER) * QUARTER], ends: [now] }
  const { driver, kept, timezone } = reader
  const breathe = breather(1)
  const warn = (): void => undefined
  for await (const { box } of cover({ driver, spans, detail: true, now, kept, home: zoneOf(timezone), warn })) {
    for (const [metric, tallies] of found) {
      for (const _ of tallies.add(box, metricId(metric), true)) {
        const pause = breathe()
        if (pause !== undefined) await pause
      }
    }
  }
  return found
}
