import type { Earlier } from './compare.ts'
import { narrowed } from './conditions.ts'
import { type Across, acrossOf, BUILT_IN } from '../names.ts'
import { tellApart } from './events.ts'
import { fold } from './fold.ts'
import type { Folded, Spans } from './folding.ts'
import { imagine } from './imagine.ts'
import { APART, levelled } from './levels.ts'
import { measure } from './metric.ts'
import type { Question } from './question.ts'
import type { Range } from './range.ts'
import type { Bounds, Reader } from './reader.ts'
import type { Asked } from './table.ts'

/** What to fold for a question, and from where. */
export interface Gathering {
  readonly asked: readonly Asked[]
  readonly range: Range
  readonly earlier: Earlier | null
  readonly reader: Reader
  readonly now: number
  readonly bounds: Bounds
}

/** All points of a question. */
export interface Gathered {
  /** Without the filters that turned out to be none. */
  readonly question: Question
  readonly now: Folded
  readonly before: Folded | null
}

const NOTHING: Folded = { groups: [], seen: null, overflow: false, warning: null }

/** Folds the range and the period it is compared with. */
export async function gather(question: Question, by: Gathering): Promise<Gathered> {
  if (question.sample) return invented(question, by)
  const now = await folded(by.range.spans, question, by)
  const fewer = narrowed(question, now)
  if (fewer !== null) return gather(fewer, by)
  return { question, now, before: by.earlier === null ? null : await folded(by.earlier.spans, question, by) }
}

function invented(question: Question, by: Gathering): Gathered {
  const before = by.earlier === null ? null : imagine(question.labels, 0.8)
  return { question, now: imagine(question.labels, 1), before }
}

async function folded(spans: Spans, question: Question, by: Gathering): Promise<Folded> {
  const { asked, reader, now, bounds } = by
  if (asked.length === 0) return NOTHING
  const measures = asked.map(({ metric, aggregates }) => measure(metric, aggregates))
  const { labels, filters } = question
  const folding = { spans, measures, labels, filters }
  const across = asked.map(acrossOfAsked)
  if (across.some((each) => each !== null)) {
    const apart = { ...folding, labels: [...labels, ...APART] }
    return levelled(await fold(apart, reader, now, bounds), labels.length, across)
  }
  const found = await fold(folding, reader, now, bounds)
  if (!found.overflow || labels.length + filters.length === 0) return found
  // Only what is tracked has events, and only those of one metric are worth reading.
  if (asked.length > 1 || asked[0]!.metric.kind !== 'counter' || BUILT_IN.has(asked[0]!.metric.name)) return found
  return tellApart(found, { folding, reader, now, bounds })
}

/** The latest values of gauges are told apart by series: together they are more than the latest of them. */
function acrossOfAsked({ metric, aggregates }: Asked): Across | null {
  return metric.kind === 'gauge' && aggregates.includes('last') ? acrossOf(metric) : null
}
