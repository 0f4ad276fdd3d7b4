import type { Sample } from '../exporters/prometheus.ts'
import { STORED } from '../names.ts'

/** Counters and histograms of single processes: those of all that have ended would be more with each restart. */
export const OF_PROCESS: ReadonlySet<string> = new Set(
  [STORED.cpuTime, STORED.starts, STORED.loopDelay, STORED.gc].map(({ name }) => name)
)

/** The instances that these samples are of. */
export function instancesOf(samples: Iterable<Sample>): Set<string> {
  const found = new Set<string>()
  for (const { labels } of samples) found.add(instanceIn(labels))
  return found
}

/** Only samples of these instances. */
export function* living(samples: Iterable<Sample>, alive: ReadonlySet<string>): Generator<Sample> {
  for (const sample of samples) if (alive.has(instanceIn(sample.labels))) yield sample
}

/** The label as it stands between braces. */
function instanceIn(labels: string): string {
  return /(?:^|,)instance="((?:[^"\\]|\\.)*)"/.exec(labels)?.[1] ?? ''
}
