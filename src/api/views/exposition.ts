import { type Described, type Family, families } from '../../exporters/families.ts'
import { CONTENT_TYPE, type Dialect, Exposition, type Sample } from '../../exporters/prometheus.ts'
import { STORED } from '../../names.ts'
import { metricId } from '../../query/dictionary.ts'
import { parse } from '../../query/parse.ts'
import type { Reader } from '../../query/query.ts'
import type { StorageDriver } from '../../storage/driver.ts'
import type { Answer, Ask } from '../../storage/store.ts'
import { param } from '../page.ts'
import { LabelTexts } from '../texts.ts'
import type { Tally } from '../tallies.ts'
import { type Naming, Totals } from '../totals.ts'

/** What one store's scrapes remember. */
interface Memory {
  readonly totals: Totals
  readonly texts: LabelTexts
}

const memories = new WeakMap<StorageDriver, Memory>()

/** All series since the store began, as Prometheus or OpenMetrics text; `metric=` takes only these. */
export async function exposition(ask: Ask, reader: Reader): Promise<Answer> {
  const params = ask.params.filter(([name]) => name === 'metric')
  const asked = parse(params, ask.now, { timezone: reader.timezone, needsMetric: false }).metrics
  const dialect = dialectOf(ask)
  const { totals, texts } = memoryOf(reader.driver)
  await reader.dictionary.find([], ask.now)
  const names = new FamilyNames(reader, ask.now)
  const standing = await totals.at(ask.now, names)
  const text = new Exposition(dialect)
  for (const [metric, family] of names.families) {
    if (asked.length > 0 && !asked.includes(metric)) continue
    const [settled, recent] = [standing.settled.get(metricId(metric)), standing.recent.get(metricId(metric))]
    for (const tallies of [settled, recent])
      if (tallies !== undefined) await texts.learn(tallies.ids, reader.dictionary)
    const all = settled === undefined ? recent?.with(undefined) : settled.with(recent)
    if (all !== undefined) await text.family(family, samples(all, texts))
  }
  return { status: 200, headers: { 'content-type': CONTENT_TYPE[dialect] }, body: text.end() }
}

function memoryOf(driver: StorageDriver): Memory {
  const known = memories.get(driver) ?? { totals: new Totals(driver), texts: new LabelTexts() }
  memories.set(driver, known)
  return known
}

/** `format=` beats `Accept`; OpenMetrics for whoever names it, as scrapers do that prefer it. */
function dialectOf(ask: Ask): Dialect {
  const format = param(ask, 'format')
  if (format === 'openmetrics' || format === 'prometheus') return format
  return ask.accept.includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus'
}

function* samples(all: Iterable<Tally>, texts: LabelTexts): Generator<Sample> {
  for (const { hi, lo, point, counts } of all) {
    const text = texts.get(hi, lo)
    if (text === undefined || point.count === 0) continue
    yield { labels: text, count: point.count, sum: point.total, last: point.last, counts }
  }
}

const BUILT_IN = new Map<string, Described>(Object.values(STORED).map((metric) => [metric.name, metric]))

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

  async refresh(): Promise<void> {
    await this.#reader.dictionary.refresh(this.#now)
    this.#learn()
  }

  #learn(): void {
    const described = this.#reader.dictionary.metrics().map((known): Described => {
      const { metric: name, kind, unit, buckets } = known
      return BUILT_IN.get(name) ?? { name, kind, unit, buckets, help: `${name} (${kind}, ${unit})` }
    })
    this.families = families(described)
    for (const { name } of described) this.#bounds.set(metricId(name), [])
    for (const [name, { bounds, factor }] of this.families) {
      this.#bounds.set(
        metricId(name),
        bounds.map((bound) => bound / factor)
      )
    }
  }
}
