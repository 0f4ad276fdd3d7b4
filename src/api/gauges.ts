import { MINUTE, SECOND } from '../core/time.ts'
import type { Sample } from '../exporters/prometheus.ts'
import type { Tally } from './tallies.ts'
import type { LabelTexts } from './texts.ts'

/** As long as Prometheus itself takes a series that is no longer scraped for there. */
const STALE = 5 * MINUTE
/** Gauges are read six times a minute: an instance silent for longer than the latest one by this much has gone. */
const SILENT = 30 * SECOND

/** Gauges as they stand now; what nobody has read for a while has gone with its process. */
export function* current(all: Iterable<Tally>, texts: LabelTexts, now: number): Generator<Sample> {
  for (const { hi, lo, point } of all) {
    const labels = texts.get(hi, lo)
    if (labels === undefined || point.at < now - STALE) continue
    yield { labels, count: point.count, sum: point.total, last: point.last, counts: undefined }
  }
}

interface Level {
  readonly labels: string
  readonly instance: string | undefined
  readonly at: number
  readonly last: number
}

/**
 * The same, those of all instances as one: the sum over those that are alive, with undefined where there is none yet.
 * `texts` leave the instance out.
 */
export function* summed(all: Iterable<Tally>, texts: LabelTexts, now: number): Generator<Sample | undefined> {
  const levels: Level[] = []
  const heard = new Map<string | undefined, number>()
  let latest = -1
  for (const { hi, lo, point } of all) {
    yield
    const labels = texts.get(hi, lo)
    if (labels === undefined || point.at < now - STALE) continue
    const instance = texts.left(hi, lo)
    levels.push({ labels, instance, at: point.at, last: point.last })
    heard.set(instance, Math.max(heard.get(instance) ?? -1, point.at))
    latest = Math.max(latest, point.at)
  }
  const sums = new Map<string, number>()
  for (const { labels, instance, last } of levels) {
    yield
    if (instance !== undefined && heard.get(instance)! < latest - SILENT) continue
    sums.set(labels, (sums.get(labels) ?? 0) + last)
  }
  for (const [labels, last] of sums) yield { labels, count: 1, sum: last, last, counts: undefined }
}
