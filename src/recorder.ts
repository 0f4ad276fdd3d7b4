import { ErrorCollector } from './collectors/errors.ts'
import { HttpCollector } from './collectors/http.ts'
import { PROBES } from './collectors/ignored.ts'
import { callSite } from './collectors/place.ts'
import { Usage } from './collectors/system/usage.ts'
import type { Failure } from './collectors/timed.ts'
import { isLabels } from './collectors/clean.ts'
import { type LooseLabels, Tracker } from './collectors/track.ts'
import { type Id, Uniques } from './collectors/unique.ts'
import type { Settings } from './config.ts'
import { Costs } from './costs.ts'
import { Registry } from './core/registry.ts'
import { labelValue } from './core/labels.ts'
import type { Deployed, Overflowed } from './core/notes.ts'
import type { Clock } from './core/time.ts'
import { Guard } from './guard.ts'
import type { Gauge } from './instruments.ts'
import { BUILT_IN, OVERFLOW } from './names.ts'
import { System } from './system.ts'

const MAX_ENDPOINTS = 500
const MAX_GAUGES = 1_000
/** Deploys and overflows that wait for the store. */
const MAX_NOTES = 1_000

type Reading = Pick<Gauge, 'read'>

/** Everything that takes values in, in memory: nothing here waits for anything. */
export class Recorder {
  readonly guard: Guard
  readonly clock: Clock
  readonly registry: Registry
  readonly tracker: Tracker
  readonly uniques: Uniques
  readonly errors: ErrorCollector
  readonly http: HttpCollector
  /** What is used of the machine, for metrics and checks alike. */
  readonly usage: Usage
  readonly system: System
  readonly costs: Costs
  /** Gauges that are read rather than set, by name. */
  readonly gauges: Map<string, Reading> = new Map()
  /** What is to be noted in the store. */
  readonly deploys: Deployed[] = []
  readonly overflows: Overflowed[] = []
  /** What was refused, by reason. */
  readonly drops: Map<string, number> = new Map()

  constructor(settings: Settings, clock: Clock, writer: string) {
    const { instance, slow, sample, ignore, redact, labels, maxSeries, maxSeriesPerMetric, kept } = settings
    const guard = new Guard(clock, settings.log)
    this.guard = guard
    this.clock = clock
    if (settings.release !== undefined)
      this.deploys.push({ release: labelValue(settings.release), time: clock.now(), said: false })
    this.registry = new Registry({
      writer,
      labels,
      maxSeries,
      maxSeriesPerMetric,
      overflow: OVERFLOW,
      overflowed: (metric, _, label) => this.#overflow(metric, label),
      forgetAfter: Math.max(...Object.values(kept)),
      forgot: (metric) => this.tracker.forgot(metric),
    })
    const { registry, drops } = this
    this.tracker = new Tracker({ registry, clock, guard, redact, instance, sample, constant: labels, drops })
    this.uniques = new Uniques({ clock, guard, drops })
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
    this.usage = new Usage(clock)
    this.system = new System({ settings, clock, registry, usage: this.usage, http: this.http, guard })
    this.costs = new Costs({ settings, registry, clock, guard, requests: this.http, tracker: this.tracker, drops })
  }

  /** A newer instance has the app: what both would see is its to count. */
  leave(): void {
    this.costs.detach()
    this.system.stop()
  }

  /** Reads what is read rather than told. */
  sample(): void {
    this.http.sample()
    // A copy: a function may make gauges itself.
    for (const [name, gauge] of Array.from(this.gauges)) {
      const failed = (error: unknown): void => this.guard.caught(`reading the gauge '${name}'`, error)
      try {
        gauge.read(failed)
      } catch (error) {
        failed(error)
      }
    }
    this.tracker.hold()
  }

  /** Reads a gauge from now on; the latest of a name. */
  watch(name: string, gauge: Reading): void {
    if (this.gauges.has(name) || this.gauges.size < MAX_GAUGES) this.gauges.set(name, gauge)
    else
      this.guard.once(
        'gauges',
        `'${String(name).slice(0, 80)}' is one gauge too many: ${MAX_GAUGES} are read${callSite()}`
      )
  }

  /** Keeps how long a piece of work took (ms), and what it threw. */
  took(name: string, ms: number, labels: LooseLabels, failure: Failure): void {
    this.guard.run('time', () => this.#took(name, ms, labels, failure), undefined)
  }

  #took(name: string, ms: number, labels: LooseLabels, failure: Failure): void {
    const metric = String(name).endsWith('_ms') ? name : `${name}_ms`
    const outcome = failure === undefined ? 'ok' : 'error'
    const exact = Math.round(ms * 1000) / 1000
    this.tracker.observe(metric, 'histogram', true, 'ms', exact, isLabels(labels) ? { ...labels, outcome } : labels)
    if (failure === undefined) return
    const clean = this.tracker.labels(metric, isLabels(labels) ? { job: name, ...labels } : labels)
    this.errors.timed(failure.thrown, clean ?? {})
  }

  /** Says that what is to be timed is no function, and gives it back. */
  notWork<T>(name: string, given: T): T {
    this.drops.set('bad_value', (this.drops.get('bad_value') ?? 0) + 1)
    const line = `not timed: '${String(name).slice(0, 80)}' wants a function, such as () => work()`
    this.guard.once(`time ${String(name).slice(0, 80)}`, line + callSite())
    return given
  }

  /** Marks a deploy once the store is there. */
  deployed(release: unknown): void {
    const text = typeof release === 'string' || typeof release === 'number' ? labelValue(String(release).trim()) : ''
    if (text !== '' && this.deploys.length < MAX_NOTES) {
      this.deploys.push({ release: text, time: this.clock.now(), said: true })
      return
    }
    this.drops.set('deploy', (this.drops.get('deploy') ?? 0) + 1)
    const why = text === '' ? 'deploy() wants the version as a text' : `${MAX_NOTES} deploys wait for the store already`
    this.guard.once(`deploy ${text === ''}`, `not marked: ${why}${callSite()}`)
  }

  #overflow(metric: string, label: string): void {
    const place = BUILT_IN.has(metric) ? '' : callSite()
    this.guard.once(`overflow ${metric}`, overflowLine(metric, label) + place)
    if (this.overflows.length < MAX_NOTES) this.overflows.push({ metric, label, time: this.clock.now() })
  }

  /** Counts an id unless it has been counted. */
  unique(name: string, unit: string | undefined, id: Id, labels: LooseLabels): void {
    const text = this.uniques.check(name, id)
    if (text === undefined) return
    const found = this.tracker.find(name, 'unique', false, unit ?? 'count', 1, labels)
    if (found !== undefined) this.uniques.add(name, text, found.series)
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

function overflowLine(metric: string, label: string): string {
  const why = label === '' ? '' : `, most of them by the label '${label}'`
  return (
    `'${metric}' has too many label sets${why}: further ones are counted as ${OVERFLOW}; ` +
    'options maxSeriesPerMetric and maxSeries'
  )
}
