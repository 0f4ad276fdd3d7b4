import type { Earlier } from './compare.ts'
import { narrowed } from './conditions.ts'
import { fold } from './fold.ts'
import type { Folded, Spans } from './folding.ts'
import { imagine } from './imagine.ts'
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

const NOTHING: Folded = { groups: [], seen: null, warning: null }

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

function folded(spans: Spans, question: Question, by: Gathering): Promise<Folded> {
  if (by.asked.length === 0) return Promise.resolve(NOTHING)
  const measures = by.asked.map(({ metric, aggregates }) => measure(metric, aggregates))
  return fold({ spans, measures, labels: question.labels, filters: question.filters }, by.reader, by.now, by.bounds)
}
