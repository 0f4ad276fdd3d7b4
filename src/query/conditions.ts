import type { Dictionary } from './dictionary.ts'
import type { Folded } from './folding.ts'
import type { Filter, Question } from './question.ts'
import type { Asked } from './table.ts'

/** The filters of a question without those on labels that nothing has: parameters that only keep caches away. */
export async function filtersOf(question: Question, dictionary: Dictionary, now: number): Promise<Filter[]> {
  const unknown = (filter: Filter) => filter.maybe === true && !dictionary.hasLabel(filter.label)
  // Another process may have recorded the label since; a parameter that changes each time must not make us look each time.
  if (question.filters.some(unknown)) await dictionary.refresh(now, 30_000)
  return question.filters.filter((filter) => !unknown(filter))
}

/** The question without filters on labels that other metrics have but these do not; null when all of them count. */
export function narrowed(question: Question, folded: Folded): Question | null {
  const { seen } = folded
  if (seen === null) return null
  const filters = question.filters.filter((filter) => filter.maybe !== true || seen.has(filter.label))
  return filters.length === question.filters.length ? null : { ...question, filters }
}

/** What should be said about the parameters: misspelt ones, labels that these metrics do not have. */
export function remarks(answered: Question, asked: Question, metrics: readonly Asked[], folded: Folded): string[] {
  const filters = new Set(answered.filters.map((filter) => filter.label))
  const misspelt = asked.warnings.filter((text) => !filters.has(text.slice(0, text.indexOf(' '))))
  const { seen } = folded
  if (metrics.length === 0 || seen === null) return misspelt
  const missing = [...asked.labels, ...answered.filters.map((filter) => filter.label)].filter(
    (label) => !seen.has(label)
  )
  const name = metrics.map((each) => each.metric.name).join(', ')
  const has = seen.size === 0 ? 'it has none' : `it has: ${[...seen].sort().join(', ')}`
  return [...misspelt, ...[...new Set(missing)].map((label) => `${name} has no label ${label} in this range; ${has}.`)]
}
