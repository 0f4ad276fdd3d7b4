import { ErrorCollector } from './collectors/errors.ts'
import { HttpCollector } from './collectors/http.ts'
import { PROBES } from './collectors/ignored.ts'
import { ProcessUsage } from './collectors/process.ts'
import { type LooseLabels, Tracker } from './collectors/track.ts'
import type { Settings } from './config.ts'
import { Registry } from './core/registry.ts'
import type { Clock } from './core/time.ts'
import { Guard } from './guard.ts'
import type { Gauge } from './instruments.ts'
import { OVERFLOW } from './names.ts'

const MAX_ENDPOINTS = 500

/** Everything that takes values in, in memory: nothing here waits for anything. */
export class Recorder {
  readonly guard: Guard
  readonly registry: Registry
  readonly tracker: Tracker
  readonly errors: ErrorCollector
  readonly http: HttpCollector
  readonly usage: ProcessUsage
  /** Gauges that are read rather than set, by name. */
  readonly gauges: Map<string, Gauge> = new Map()
  /** What was refused, by reason. */
  readonly drops: Map<string, number> = new Map()

  constructor(settings: Settings, clock: Clock, writer: string) {
    const { instance, slow, sample, ignore, redact, labels, maxSeries, maxSeriesPerMetric } = settings
    const guard = new Guard(clock, settings.log)
    this.guard = guard
    this.registry = new Registry({
      writer,
      labels,
      maxSeries,
      maxSeriesPerMetric,
      overflow: OVERFLOW,
      overflowed: (metric, over) => guard.once(`overflow ${metric}`, overflowLine(metric, Object.keys(over))),
    })
    const { registry, drops } = this
    this.tracker = new Tracker({ registry, clock, guard, redact, sample, constant: labels, drops })
    this.tracker.once.caution = cautionOf(settings)
    this.errors = new ErrorCollector(clock, instance)
    this.http = new HttpCollector(registry, {
      clock,
      instance,
      slow,
      sample,
      ignore: ignore ?? PROBES,
      maxEndpoints: MAX_ENDPOINTS,
    })
    this.usage = new ProcessUsage(clock)
  }

  /** Reads what is read rather than told. */
  sample(): void {
    this.http.sample()
    this.usage.sample()
    for (const gauge of this.gauges.values()) this.guard.run('reading a gauge', () => gauge.read(), undefined)
  }

  /** Keeps an error as an event. Never throws. */
  error(error: unknown, labels: LooseLabels): void {
    const record = (): void => this.errors.record(error, this.tracker.labels('error', labels) ?? {}, null)
    this.guard.run('error', record, undefined)
  }

  /** Says once that nobody can look yet. */
  keyless(path: string): void {
    this.guard.once('no key', `${path} answers 401 until there is a key: METRICS_KEY or the option \`keys\``)
  }

  /** Counts and says that something came after the end. */
  late(name: unknown): void {
    this.drops.set('closed', (this.drops.get('closed') ?? 0) + 1)
    this.guard.once('closed', `not recorded: '${String(name).slice(0, 80)}' came after close()`)
  }
}

/** What is to be said of a driver that was written before there were ids. */
function cautionOf({ storage }: Settings): string | undefined {
  if (typeof storage === 'string' || typeof (storage as Partial<typeof storage>).claim === 'function') return undefined
  const name = String(storage.name).slice(0, 80)
  return `the driver '${name}' has no claim(): ids of track() are told apart in this process only, until it ends`
}

function overflowLine(metric: string, labels: readonly string[]): string {
  return (
    `'${metric}' has too many label sets (labels: ${labels.join(', ')}): further ones are counted as ${OVERFLOW}; ` +
    'options maxSeriesPerMetric and maxSeries'
  )
}
