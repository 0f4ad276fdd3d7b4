import { isMetricName, type Labels } from '../core/labels.ts'
import { LARGEST } from '../core/point.ts'
import type { Registry } from '../core/registry.ts'
import type { Series } from '../core/series.ts'
import { Tail } from '../core/tail.ts'
import { told } from '../core/told.ts'
import type { Draft } from '../core/event.ts'
import type { Clock } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import { BUILT_IN, type Kind, unitOf } from '../names.ts'
import { Levels } from './levels.ts'
import { Cleaner, type LooseLabels, Refusals, shown } from './clean.ts'
import { Once, type TrackOptions } from './once.ts'
import { spell } from './spell.ts'

export type { LooseLabels } from './clean.ts'

/** What recording business values needs. */
export interface TrackerOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly guard: Guard
  readonly redact: boolean
  /** Which process this is: each has gauges of its own. */
  readonly instance?: string
  /** Share of events kept. */
  readonly sample: number
  /** Labels that every event carries, as every series does. */
  readonly constant?: Labels
  /** Counts what is refused, by reason. */
  readonly drops: Map<string, number>
}

/** A metric with its label sets by the spelling in which they came, so that a repeated call looks up one string. */
interface Known {
  readonly shape: { readonly name: string; readonly kind: Kind; readonly unit: string; readonly buckets: boolean }
  readonly held: Map<string, Held>
}

interface Held {
  readonly series: Series
  /** Clean labels, for the event; undefined where the series is the overflow one and the event must carry its own. */
  readonly labels: Labels | undefined
}

const TAIL = { burst: 20_000, perSecond: 50 }
const SPELLINGS = 5_000
/** Longer spellings are not remembered: a label may be given a whole document, of which 256 characters are kept. */
const LONGEST = 2_000

/** Takes in business values: validates, redacts, finds the series, keeps an event. Never throws. */
export class Tracker {
  readonly #options: TrackerOptions
  readonly #known = new Map<string, Known>()
  readonly #tail: Tail
  readonly #refusals: Refusals
  readonly #cleaner: Cleaner
  readonly #levels = new Levels()
  /** Gauges that say the same in each process. */
  readonly #shared = new Set<string>()
  /** Values with an id. */
  readonly once: Once

  constructor(options: TrackerOptions) {
    this.#options = options
    const { guard, drops, redact } = options
    this.#refusals = new Refusals(guard, drops)
    this.#cleaner = new Cleaner(guard, this.#refusals, redact)
    this.once = new Once(guard, drops)
    this.#tail = new Tail({ ...TAIL, sample: options.sample })
  }

  /** One value of a counter that keeps a distribution; also an event. With an id it counts once, as the store will say. */
  track(name: string, value: number, labels: LooseLabels, options?: TrackOptions | null): void {
    const found = this.find(name, 'counter', true, undefined, value, labels)
    if (found === undefined) return
    const time = this.#options.clock.now()
    const id = options === undefined || options === null ? undefined : this.once.hash(name, options)
    if (id === undefined) {
      found.series.observe(value, time)
      this.#keep(name, value, time, () => found.labels ?? this.#dropped(name, labels))
    } else this.#holdBack(id, name, value, time, found.series, found.labels ?? this.#dropped(name, labels))
  }

  #keep(name: string, value: number, time: number, labels: () => Labels): void {
    this.#tail.push(this.#options.clock.monotonic(), () => {
      return { kind: 'track', time, name, value, labels: labels(), fields: {} }
    })
  }

  #holdBack(id: string, name: string, value: number, time: number, series: Series, labels: Labels): void {
    const buckets = this.#options.registry.shape(name)?.buckets ?? true
    const counted = (): void => this.#keep(name, value, time, () => labels)
    if (!this.once.held.hold({ id, series, buckets, value, time, counted })) this.once.full(name)
  }

  /** The labels that the overflow series does not have. */
  #dropped(name: string, labels: LooseLabels): Labels {
    return this.#whole(this.#cleaner.clean(name, labels) ?? {})
  }

  /** One value without an event. A counter only grows. */
  observe(
    name: string,
    kind: Kind,
    buckets: boolean,
    unit: string | undefined,
    value: number,
    labels: LooseLabels
  ): void {
    if (kind === 'counter' && value < 0) {
      this.#refusals.refuse(
        'bad_value',
        name,
        `the counter '${String(name).slice(0, 80)}' cannot fall by ${value}; what can is a gauge, or track()`
      )
      return
    }
    this.find(name, kind, buckets, unit, value, labels)?.series.observe(value, this.#options.clock.now())
  }

  /** A gauge's value; with `held` it stays until the next one comes. */
  level(name: string, unit: string | undefined, value: number, labels: LooseLabels, held: boolean): void {
    const found = this.find(name, 'gauge', false, unit, value, labels)
    if (found === undefined) return
    found.series.observe(value, this.#options.clock.now())
    // Of the overflow series nobody knows whose value it would hold.
    if (held && found.labels !== undefined) this.#levels.set(found.series, value)
  }

  /** From now on this gauge is one for all processes; before its first value. */
  share(name: string): void {
    if (this.#shared.size < SPELLINGS) this.#shared.add(name)
  }

  /** Gauges that were set go on to have their value. */
  hold(): void {
    this.#levels.hold(this.#options.clock.now())
  }

  /** Series of this metric were forgotten: what is looked up by them is, too. */
  forgot(name: string): void {
    const known = this.#known.get(name)
    if (known === undefined) return
    for (const [spelling, { series }] of known.held) if (series.isForgotten) known.held.delete(spelling)
    // With its last series goes what kind it was.
    if (this.#options.registry.shape(name) === undefined) this.#known.delete(name)
  }

  drain(): Draft[] {
    return this.#tail.drain()
  }

  /** Labels as they may be kept; undefined after a counted refusal. */
  labels(subject: string, labels: LooseLabels): Labels | undefined {
    return this.#cleaner.clean(subject, labels)
  }

  /** The series that this value belongs to; undefined after a counted refusal. */
  find(
    name: string,
    kind: Kind,
    buckets: boolean,
    unit: string | undefined,
    value: number,
    labels: LooseLabels
  ): Held | undefined {
    if (typeof value !== 'number' || !(Math.abs(value) <= LARGEST)) {
      return this.#refusals.refuse(
        'bad_value',
        name,
        `the value of '${String(name).slice(0, 80)}' is ${shown(value)}, and no finite number`
      )
    }
    const known = this.#known.get(name) ?? this.#learn(name, kind, buckets, unit)
    if (known === undefined) return undefined
    if (known.shape.kind !== kind) {
      return this.#refusals.refuse(
        'bad_kind',
        name,
        `'${name}' is a ${known.shape.kind}, so it cannot be used as a ${kind}`
      )
    }
    const spelling = spell(labels)
    return known.held.get(spelling) ?? this.#hold(known, spelling, labels)
  }

  #learn(name: string, kind: Kind, buckets: boolean, unit: string | undefined): Known | undefined {
    if (!isMetricName(name)) {
      return this.#refusals.refuse(
        'bad_name',
        'name',
        `${told(name)} is no metric name: letters, digits and _.:- , up to 128`
      )
    }
    if (BUILT_IN.has(name))
      return this.#refusals.refuse('bad_name', name, `'${name}' is a built-in metric; choose another name`)
    if (!this.#options.registry.takes(name)) {
      return this.#refusals.refuse(
        'too_many_metrics',
        'name',
        `'${name}' is one metric name too many; what differs belongs into labels`
      )
    }
    const shape = { name, kind, unit: unit ?? unitOf(name), buckets }
    const known = { shape, held: new Map<string, Held>() }
    // Names are few; an app that makes them from data meets the limit on series, and here forgets the cache only.
    if (this.#known.size >= SPELLINGS) this.#known.clear()
    this.#known.set(name, known)
    return known
  }

  #hold(known: Known, spelling: string, labels: LooseLabels): Held | undefined {
    const given = this.#cleaner.clean(known.shape.name, labels)
    if (given === undefined) return undefined
    const clean = this.#own(known.shape, given)
    const series = this.#options.registry.series(known.shape, clean)
    const over = this.#options.registry.isOverflow(known.shape.name, series)
    const held = { series, labels: over ? undefined : this.#whole(clean) }
    if (known.held.size < SPELLINGS && spelling.length <= LONGEST && !over) known.held.set(spelling, held)
    return held
  }

  /** A gauge of one process is not that of another. */
  #own({ name, kind }: Known['shape'], labels: Labels): Labels {
    const { instance } = this.#options
    if (kind !== 'gauge' || instance === undefined || this.#shared.has(name)) return labels
    return { instance, ...labels }
  }

  /** With the constant labels, which those of a call go before. */
  #whole(labels: Labels): Labels {
    const { constant } = this.#options
    return constant === undefined ? labels : { ...constant, ...labels }
  }
}
