import type { Row } from '../../query/query.ts'
import type { Question } from '../../query/question.ts'
import type { Ask } from '../../storage/store.ts'
import { warningOf } from '../page.ts'
import type { Tally } from './tally.ts'

/** What there may be to say about an answer. */
export interface Notes {
  readonly ask: Ask
  readonly question: Question
  readonly sum: Tally
  /** Calls of which nothing could be read. */
  readonly lost: number
  /** Labels grouped by that nothing has. */
  readonly missing: readonly string[]
  readonly range: string | null
}

interface Age {
  readonly as_of: string | null
  readonly age_days: number | null
  readonly overrides: number
  readonly source: string | null
}

const UNKNOWN: Age = { as_of: null, age_days: null, overrides: 0, source: null }

/** How old the prices are that calls of now get: what the process that was asked knows. */
export function pricesOf(ask: Ask): { readonly nested: Readonly<Record<string, unknown>>; readonly flat: Row } {
  const { as_of, age_days, overrides, source } = ageOf(ask)
  return {
    nested: { as_of, age_days, overrides, source },
    flat: { prices_as_of: as_of, prices_age_days: age_days, prices_overrides: overrides, prices_source: source },
  }
}

/** All that should be said, as one warning, or null. */
export function notesOf({ ask, question, sum, lost, missing, range }: Notes): string | null {
  const [unpriced, blank] = [sum.unpriced - sum.blank, sum.blank]
  const [first, ...rest] = [
    unpriced === 0 ? null : `${counted(unpriced, 'request')} used a model without a known price`,
    blank === 0 ? null : `${counted(blank, 'request')} came back without usage, so their cost is not known`,
    lost === 0
      ? null
      : `${counted(lost, 'call')} could not be read: import pocketmetrics before the client is made, or give the client to metrics.llm.wrap()`,
    sum.incomplete === 0
      ? null
      : `${counted(sum.incomplete, 'call')} ended early: the provider bills more than is known`,
    staleness(ask, sum),
    sum.requests + lost === 0 ? emptiness(ask) : null,
    ...(sum.requests === 0 ? [] : missing.map((label) => `No cost has a label ${label} in this range`)),
  ].filter((one) => one !== null)
  const others = warningOf(...question.warnings, range)
  if (first === undefined) return others
  const said = [first, ...rest].join('. ')
  return others === null ? said : `${said}. ${others}`
}

function staleness(ask: Ask, { calls }: Tally): string | null {
  const prices = ask.facts['prices'] as { readonly stale?: unknown } | undefined
  if (calls === 0 || prices?.stale !== true) return null
  const { as_of, age_days } = ageOf(ask)
  return `Prices are of ${as_of}, ${age_days} days old: newer ones may differ`
}

function emptiness(ask: Ask): string {
  if (ask.facts['llm'] === false) return 'Costs of language models are not watched: the option llm is off'
  return 'No cost has been recorded in this range. Calls of language models are seen by themselves; metrics.cost() records others'
}

function ageOf(ask: Ask): Age {
  const { prices } = ask.facts
  return typeof prices === 'object' && prices !== null ? { ...UNKNOWN, ...(prices as Partial<Age>) } : UNKNOWN
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
