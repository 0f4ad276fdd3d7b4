import { type Labels, isLabelKey, isMetricName, LABEL_LIMITS, labelValue } from '../core/labels.ts'
import { LARGEST } from '../core/point.ts'
import { looksSecret, REDACTED } from '../core/redact.ts'
import type { Registry } from '../core/registry.ts'
import type { Series } from '../core/series.ts'
import { Tail } from '../core/tail.ts'
import type { Draft } from '../core/event.ts'
import type { Clock } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import { BUILT_IN, type Kind, unitOf } from '../names.ts'

/** Label values as the app has them; what is null or undefined is left out. */
export type LooseLabels = Readonly<Record<string, string | number | boolean | bigint | null | undefined>>

/** What recording business values needs. */
export interface TrackOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly guard: Guard
  readonly redact: boolean
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
  readonly #options: TrackOptions
  readonly #known = new Map<string, Known>()
  readonly #tail: Tail

  constructor(options: TrackOptions) {
    this.#options = options
    this.#tail = new Tail({ ...TAIL, sample: options.sample })
  }

  /** One value of a counter that keeps a distribution; also an event. */
  track(name: string, value: number, labels: LooseLabels): void {
    const found = this.find(name, 'counter', true, undefined, value, labels)
    if (found === undefined) return
    const { clock } = this.#options
    const time = clock.now()
    found.series.observe(value, time)
    this.#tail.push(clock.monotonic(), () => ({
      kind: 'track',
      time,
      name,
      value,
      labels: found.labels ?? this.#whole(this.#clean(name, labels) ?? {}),
      fields: {},
    }))
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
      this.#refuse(
        'bad_value',
        name,
        `the counter '${String(name).slice(0, 80)}' cannot fall by ${value}; what can is a gauge, or track()`
      )
      return
    }
    this.find(name, kind, buckets, unit, value, labels)?.series.observe(value, this.#options.clock.now())
  }

  drain(): Draft[] {
    return this.#tail.drain()
  }

  /** Labels as they may be kept; undefined after a counted refusal. */
  labels(subject: string, labels: LooseLabels): Labels | undefined {
    return this.#clean(subject, labels)
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
      return this.#refuse(
        'bad_value',
        name,
        `the value of '${String(name).slice(0, 80)}' is ${shown(value)}, and no finite number`
      )
    }
    const known = this.#known.get(name) ?? this.#learn(name, kind, buckets, unit)
    if (known === undefined) return undefined
    if (known.shape.kind !== kind) {
      return this.#refuse('bad_kind', name, `'${name}' is a ${known.shape.kind}, so it cannot be used as a ${kind}`)
    }
    const spelling = spell(labels)
    return known.held.get(spelling) ?? this.#hold(known, spelling, labels)
  }

  #learn(name: string, kind: Kind, buckets: boolean, unit: string | undefined): Known | undefined {
    if (!isMetricName(name)) {
      return this.#refuse(
        'bad_name',
        'name',
        `${JSON.stringify(name)?.slice(0, 80)} is no metric name: letters, digits and _.:- , up to 128`
      )
    }
    if (BUILT_IN.has(name)) return this.#refuse('bad_name', name, `'${name}' is a built-in metric; choose another name`)
    if (!this.#options.registry.takes(name)) {
      return this.#refuse(
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
    const clean = this.#clean(known.shape.name, labels)
    if (clean === undefined) return undefined
    const series = this.#options.registry.series(known.shape, clean)
    const over = this.#options.registry.isOverflow(known.shape.name, series)
    const held = { series, labels: over ? undefined : this.#whole(clean) }
    if (known.held.size < SPELLINGS && spelling.length <= LONGEST && !over) known.held.set(spelling, held)
    return held
  }

  /** With the constant labels, which those of a call go before. */
  #whole(labels: Labels): Labels {
    const { constant } = this.#options
    return constant === undefined ? labels : { ...constant, ...labels }
  }

  /** Labels as they are kept: strings of bounded length, nothing that looks like a secret. */
  #clean(metric: string, labels: LooseLabels): Labels | undefined {
    if (typeof labels !== 'object' || labels === null) {
      return this.#refuse(
        'bad_label',
        metric,
        `the labels of '${metric}' are ${shown(labels)}, and no object such as { plan: 'pro' }`
      )
    }
    const clean: [string, string][] = []
    for (const [key, value] of Object.entries(labels)) {
      if (value === null || value === undefined) continue
      if (!isLabelKey(key))
        return this.#refuse(
          'bad_label',
          metric,
          `'${key.slice(0, 80)}' of '${metric}' is no label name: letters, digits and _, up to 64`
        )
      if (clean.length >= LABEL_LIMITS.count)
        return this.#refuse('bad_label', metric, `'${metric}' has more than ${LABEL_LIMITS.count} labels`)
      if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
        return this.#refuse('bad_label', metric, `the label '${key}' of '${metric}' is no text or number`)
      }
      clean.push([key, this.#redacted(metric, key, labelValue(String(value)))])
    }
    // Assigning `__proto__` would lose it.
    return Object.fromEntries(clean)
  }

  #redacted(metric: string, key: string, value: string): string {
    if (!this.#options.redact || !looksSecret(value)) return value
    this.#options.guard.once(
      `redacted ${metric}.${key}`,
      `a value of label '${key}' of '${metric}' looks like personal data or a secret: it is kept as ${REDACTED} (option redact: false keeps it)${callSite()}`
    )
    return REDACTED
  }

  #refuse(reason: string, subject: string, line: string): undefined {
    const { drops, guard } = this.#options
    drops.set(reason, (drops.get(reason) ?? 0) + 1)
    guard.once(`${reason} ${String(subject).slice(0, 80)}`, `not recorded: ${line}${callSite()}`)
    return undefined
  }
}

/** A value as a warning names it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `the text '${value.slice(0, 40)}'`
  return typeof value === 'number' || value === null || value === undefined ? String(value) : `a ${typeof value}`
}

/** Labels in the order in which they came, as one string; with lengths, so that no value can pass for another label. */
function spell(labels: LooseLabels): string {
  let text = ''
  for (const key in labels) {
    const value = labels[key]
    if (value === null || value === undefined) continue
    const written = String(value)
    text += `${key.length}:${key}${written.length}:${written}`
  }
  return text
}

/** Where the app called us, for a warning: the first frame outside this package. */
export function callSite(): string {
  const frames = new Error().stack?.split('\n').slice(1) ?? []
  const here = new URL('..', import.meta.url).href
  const frame = frames.find((line) => !line.includes(here) && !line.includes('node:'))
  return frame === undefined ? '' : ` (${frame.trim().replace('file://', '')})`
}
