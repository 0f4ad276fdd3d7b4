import type { MetricName } from '../../core/labels.ts'
import { type Described, type Family, families } from '../../exporters/families.ts'
import { CONTENT_TYPE, type Dialect, Exposition, type Sample } from '../../exporters/prometheus.ts'
import { type Metric, STORED, UNLISTED } from '../../names.ts'
import { metricId } from '../../query/dictionary.ts'
import { parse } from '../../query/parse.ts'
import type { Reader } from '../../query/query.ts'
import type { StorageDriver } from '../../storage/driver.ts'
import type { Answer, Ask } from '../../storage/store.ts'
import { current, summed } from '../gauges.ts'
import { lastDay } from '../lastday.ts'
import { instancesOf, living, OF_PROCESS } from '../living.ts'
import { param } from '../page.ts'
import { LabelTexts } from '../texts.ts'
import type { Tally } from '../tallies.ts'
import { type Naming, type Standing, Totals } from '../totals.ts'

/** What one store's scrapes remember. */
interface Memory {
  /** The last one: while it reads totals, another would add to them. */
  turn: Promise<unknown>
  readonly totals: Totals
  readonly texts: LabelTexts
  /** Without the instance. */
  readonly shared: LabelTexts
}

const memories = new WeakMap<StorageDriver, Memory>()

/** All series since the store began, as Prometheus or OpenMetrics text; `metric=` takes only these. */
export function exposition(ask: Ask, reader: Reader): Promise<Answer> {
  const memory = memoryOf(reader.driver)
  const answer = memory.turn.then(() => exposed(ask, reader, memory))
  memory.turn = answer.catch(() => undefined)
  return answer
}

async function exposed(ask: Ask, reader: Reader, { totals, texts, shared }: Memory): Promise<Answer> {
  const params = ask.params.filter(([name]) => name === 'metric')
  const asked = parse(params, ask.now, { timezone: reader.timezone, needsMetric: false }).metrics
  const dialect = dialectOf(ask)
  for (const one of [texts, shared]) one.forget()
  await reader.dictionary.find([], ask.now)
  const names = new FamilyNames(reader, ask.now)
  const standing = await totals.at(ask.now, names)
  const text = new Exposition(dialect)
  const wanted = [...names.families].filter(([metric]) => asked.length === 0 || asked.includes(metric))
  const uniques = await lastDay(
    wanted.map(([metric]) => metric).filter((metric) => names.isUnique(metric)),
    reader,
    ask.now
  )
  const alive = aliveIn(standing, texts, reader, ask.now)
  for (const [metric, family] of wanted) {
    const id = metricId(metric)
    const day = uniques.get(metric)
    const [settled, recent] = day === undefined ? [standing.settled.get(id), standing.recent.get(id)] : [day, undefined]
    const asOne = names.isShared(metric)
    const known = asOne ? shared : texts
    for (const tallies of [settled, recent])
      if (tallies !== undefined) await known.learn(tallies.ids, reader.dictionary)
    const all = settled === undefined ? recent?.with(undefined) : settled.with(recent)
    if (all === undefined) continue
    if (asOne) await text.family(family, summed(all, shared, ask.now))
    else if (family.type === 'gauge' && day === undefined) await text.family(family, current(all, texts, ask.now))
    else if (OF_PROCESS.has(metric)) await text.family(family, living(samples(all, texts, false), await alive()))
    else await text.family(family, samples(all, texts, day !== undefined))
  }
  return { status: 200, headers: { 'content-type': CONTENT_TYPE[dialect] }, body: await text.end() }
}

/** Which instances run, found out once. */
function aliveIn(
  { settled, recent }: Standing,
  texts: LabelTexts,
  { dictionary }: Reader,
  now: number
): () => Promise<Set<string>> {
  const id = metricId(STORED.uptime.name)
  const find = async (): Promise<Set<string>> => {
    const [before, lately] = [settled.get(id), recent.get(id)]
    for (const tallies of [before, lately]) if (tallies !== undefined) await texts.learn(tallies.ids, dictionary)
    const all = before === undefined ? (lately?.with(undefined) ?? []) : before.with(lately)
    return instancesOf(current(all, texts, now))
  }
  let found: Promise<Set<string>> | undefined
  return () => (found ??= find())
}

function memoryOf(driver: StorageDriver): Memory {
  const known = memories.get(driver) ?? {
    turn: Promise.resolve(),
    totals: new Totals(driver),
    texts: new LabelTexts(),
    shared: new LabelTexts('instance'),
  }
  memories.set(driver, known)
  return known
}

/** `format=` beats `Accept`; OpenMetrics for whoever names it, as scrapers do that prefer it. */
function dialectOf(ask: Ask): Dialect {
  const format = param(ask, 'format')
  if (format === 'openmetrics' || format === 'prometheus') return format
  return ask.accept.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus'
}

function* samples(all: Iterable<Tally>, texts: LabelTexts, unique: boolean): Generator<Sample> {
  for (const { hi, lo, point, counts } of all) {
    const text = texts.get(hi, lo)
    if (text === undefined || point.count === 0) continue
    const last = unique ? (point.sketch?.estimate ?? 0) : point.last
    yield { labels: text, count: point.count, sum: point.total, last, counts }
  }
}

const STORES = new Map<string, Metric>(Object.values(STORED).map((metric) => [metric.name, metric]))
const BUILT_IN: ReadonlyMap<string, Described> = STORES

function helpOf({ metric, kind, unit }: MetricName): string {
  if (kind !== 'unique') return `${metric} (${kind}, ${unit})`
  return `${metric}: different ones in the last 24 hours, within 2 percent; series overlap, so they do not add up`
}

/** Families by the id of their metric, from what the dictionary knows now. */
class FamilyNames implements Naming {
  readonly #reader: Reader
  readonly #now: number
  readonly #bounds = new Map<string, readonly number[]>()
  families: ReadonlyMap<string, Family> = new Map()

  constructor(reader: Reader, now: number) {
    this.#reader = reader
    this.#now = now
    this.#learn()
  }

  boundsOf(metric: string): readonly number[] | undefined {
    return this.#bounds.get(metric)
  }

  isUnique(metric: string): boolean {
    return this.#reader.dictionary.metric(metric)?.kind === 'unique'
  }

  /** Whether a gauge is one number over all instances. */
  isShared(metric: string): boolean {
    const built = STORES.get(metric)
    return built === undefined ? this.#reader.dictionary.metric(metric)?.kind === 'gauge' : built.shared === true
  }

  async refresh(): Promise<void> {
    await this.#reader.dictionary.refresh(this.#now)
    this.#learn()
  }

  #learn(): void {
    const described = this.#reader.dictionary.metrics().map((known): Described => {
      const { metric: name, kind, unit, buckets } = known
      return BUILT_IN.get(name) ?? { name, kind, unit, buckets, help: helpOf(known) }
    })
    this.families = families(described)
    for (const name of UNLISTED) this.#bounds.set(metricId(name), [])
    for (const { name } of described) this.#bounds.set(metricId(name), [])
    for (const [name, { bounds, factor }] of this.families) {
      this.#bounds.set(
        metricId(name),
        bounds.map((bound) => bound / factor)
      )
    }
  }
}
