import { MetricsError } from '../../errors.ts'
import { STORED } from '../../names.ts'
import { meets } from '../../query/filters.ts'
import { fold, type Folded, type Folding, type Group, type Measure, type Spans } from '../../query/fold.ts'
import type { Reader } from '../../query/query.ts'
import type { Filter } from '../../query/question.ts'
import { LLM_MEASURES, OTHER_MEASURES, Tally } from './tally.ts'

/** How calls of models are called among the kinds of costs. */
export const LLM = 'llm'

/** What to add up. */
export interface Spending {
  readonly spans: Spans
  readonly labels: readonly string[]
  readonly filters: readonly Filter[]
}

/** All costs with the same values of the labels grouped by. */
export interface Line {
  readonly values: readonly (string | null)[]
  readonly kinds: ReadonlySet<string>
  readonly providers: ReadonlySet<string>
  /** By span. */
  readonly tallies: readonly Tally[]
  readonly whole: Tally
}

/** Lines, and which labels there were in all. */
export interface Spent {
  readonly lines: readonly Line[]
  readonly seen: ReadonlySet<string>
  readonly warning: string | null
}

/** Labels that only some of the numbers have: grouped or filtered by them, rows would not add up. */
const PARTIAL = ['status', 'status_class', 'method', 'type', 'pricing', 'host']
/** Always folded by these, to tell who was called; other costs have the first two, or their kind stands for them. */
const WHO = ['provider', 'model', 'kind']

/** Checks what costs can be grouped and filtered by; throws `bad_group_by` or `bad_filter`. */
export function checkLabels(labels: readonly string[], filters: readonly Filter[]): void {
  const hint = 'Costs have: model, provider, endpoint, feature, kind, and the labels given to cost().'
  const label = labels.find((one) => PARTIAL.includes(one))
  if (label !== undefined)
    throw new MetricsError('bad_group_by', `Costs cannot be grouped by ${label}.`, { parameter: 'group_by', hint })
  const filter = filters.find((one) => one.maybe !== true && PARTIAL.includes(one.label))
  if (filter !== undefined)
    throw new MetricsError('bad_filter', `Costs cannot be filtered by ${filter.label}.`, {
      parameter: filter.label,
      hint,
    })
}

/** Adds up calls of models and other costs by labels and spans. */
export async function spent(asked: Spending, reader: Reader, now: number): Promise<Spent> {
  const kinds = asked.filters.filter(({ label }) => label === 'kind')
  const rest = asked.filters.filter(({ label }) => label !== 'kind')
  const withLlm = kinds.every((filter) => meets(new Map([['kind', LLM]]), filter))
  const who = rest.filter(({ label }) => label === 'provider' || label === 'model')
  const { spans, labels } = asked
  // By time, models are told apart only where that is asked for: each would take points in every span.
  const narrow = spans.starts.length > 1 && !labels.includes('model')
  const [llmLabels, otherLabels] = [narrow ? labels : withWho(labels), withWho(labels)]
  const folding = { spans, measures: LLM_MEASURES, labels: llmLabels }
  const llm = withLlm ? await foldWith(folding, rest, reader, now) : undefined
  const others = rest.filter((filter) => !who.includes(filter))
  const other = await foldWith({ spans, measures: OTHER_MEASURES, labels: otherLabels }, others, reader, now)
  const seen = new Set([...(llm?.seen ?? []), ...(other.seen ?? []), 'kind'])
  const sums = new Sums(asked)
  const real = rest.filter(({ maybe, label }) => maybe !== true || seen.has(label))
  // A filter on a label that only other costs have leaves no call of a model.
  const strange = real.some(({ maybe, label, not }) => maybe === true && !not && llm?.seen?.has(label) !== true)
  if (llm !== undefined && !strange) for (const group of llm.groups) sums.addLlm(group, llmLabels)
  for (const group of other.groups) {
    const paid = paidTo(group, otherLabels)
    if ([...kinds, ...who].every((filter) => meets(paid, filter))) sums.addOther(group, paid)
  }
  return { lines: sums.lines(), seen, warning: llm?.warning ?? other.warning }
}

/** How many requests each endpoint had, by span. */
export async function requestsBy(spans: Spans, reader: Reader, now: number): Promise<ReadonlyMap<string, Group>> {
  const measures: Measure[] = [{ metric: STORED.requests.name, detail: false, slots: 1, key: 'all', slot: () => 0 }]
  const { groups } = await fold({ spans, measures, labels: ['endpoint'], filters: [] }, reader, now)
  return new Map(groups.map((group) => [group.values[0] ?? '', group]))
}

/** How many calls were seen of which nothing could be read. */
export async function untracked(spans: Spans, reader: Reader, now: number): Promise<number> {
  const measures: Measure[] = [{ metric: STORED.llmUntracked.name, detail: false, slots: 1, key: 'all', slot: () => 0 }]
  const { groups } = await fold({ spans, measures, labels: [], filters: [] }, reader, now)
  return groups[0]?.whole(0, 0)?.total ?? 0
}

function withWho(labels: readonly string[]): readonly string[] {
  return [...new Set([...labels, ...WHO])]
}

/** A parameter that may be a filter or a cache buster is a filter if there is such a label. */
async function foldWith(
  folding: Omit<Folding, 'filters'>,
  filters: readonly Filter[],
  reader: Reader,
  now: number
): Promise<Folded> {
  const sure = filters.filter(({ maybe }) => maybe !== true)
  const folded = await fold({ ...folding, filters: sure }, reader, now)
  const more = filters.filter(({ maybe, label }) => maybe === true && folded.seen?.has(label) === true)
  return more.length === 0 ? folded : fold({ ...folding, filters: [...sure, ...more] }, reader, now)
}

function valuesOf(group: Group, labels: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    labels.flatMap((label, at) => (group.values[at] === null ? [] : [[label, group.values[at]!] as const]))
  )
}

/** Who was paid: where other costs do not tell provider or model, their kind stands for it. */
function paidTo(group: Group, labels: readonly string[]): ReadonlyMap<string, string> {
  const values = valuesOf(group, labels)
  const kind = values.get('kind') ?? 'other'
  return new Map([['kind', kind], ['provider', kind], ['model', kind], ...values])
}

interface Open {
  readonly values: readonly (string | null)[]
  readonly kinds: Set<string>
  readonly providers: Set<string>
  readonly tallies: Tally[]
}

/** Lines while they are added up. */
class Sums {
  readonly #spans: number
  readonly #labels: readonly string[]
  readonly #open = new Map<string, Open>()

  constructor({ spans, labels }: Spending) {
    this.#spans = spans.starts.length
    this.#labels = labels
  }

  addLlm(group: Group, labels: readonly string[]): void {
    const line = this.#line(new Map([...valuesOf(group, labels), ['kind', LLM]]))
    line.tallies.forEach((tally, span) => tally.addLlm(group, this.#spans === 1 ? undefined : span))
  }

  addOther(group: Group, paid: ReadonlyMap<string, string>): void {
    this.#line(paid).tallies.forEach((tally, span) => tally.addOther(group, this.#spans === 1 ? undefined : span))
  }

  lines(): Line[] {
    return [...this.#open.values()].map((line) => {
      const whole = new Tally()
      for (const tally of line.tallies) whole.add(tally)
      return { ...line, whole }
    })
  }

  #line(of: ReadonlyMap<string, string>): Open {
    const values = this.#labels.map((label) => of.get(label) ?? null)
    const key = JSON.stringify(values)
    const line = this.#open.get(key) ?? this.#begin(key, values)
    line.kinds.add(of.get('kind') ?? LLM)
    const provider = of.get('provider')
    if (provider !== undefined) line.providers.add(provider)
    return line
  }

  #begin(key: string, values: readonly (string | null)[]): Open {
    const tallies = Array.from({ length: this.#spans }, () => new Tally())
    const line = { values, kinds: new Set<string>(), providers: new Set<string>(), tallies }
    this.#open.set(key, line)
    return line
  }
}
