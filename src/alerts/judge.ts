import type { Labels } from '../core/labels.ts'
import { type Alert, alertOf, keyOf, type Sender } from './alert.ts'
import { type Book, MOST, type RuleEntry } from './book.ts'
import { type AlertState, type Finding, fresh, type Kind, next, resolves } from './machine.ts'
import type { Observed } from './observe.ts'
import type { Rule } from './rule.ts'

/** When a group that has no data any more is forgotten, ms: where the rule keeps states, some group would else fire for ever. */
const GONE = 86_400_000

/** How time went by since the rule was last evaluated. */
export interface Moment {
  /** Unix ms. */
  readonly now: number
  /** Ms that count. */
  readonly elapsed: number
}

/** Brings all groups of a rule in the book up to date; gives what is to be told. */
export function judge(book: Book, entry: RuleEntry, rule: Rule, seen: Observed, at: Moment, sender: Sender): Alert[] {
  const alerts: Alert[] = []
  const grouped = rule.groupBy.length > 0
  const all = new Map(seen.found)
  for (const [key, { group }] of entry.groups) if (!all.has(key)) all.set(key, { group, finding: seen.missing })
  if (!grouped && all.size === 0) all.set(keyOf('', {}), { group: {}, finding: seen.missing })
  for (const [key, { group, finding }] of ordered(all, rule)) {
    const before = entry.groups.get(key) ?? fresh(at.now)
    const { state, kinds } = gone(before, grouped)
      ? resolves(before, at.now)
      : next(before, finding, rule, at.elapsed, at.now)
    if (grouped && isQuiet(state, rule)) entry.groups.delete(key)
    else if (entry.groups.has(key) || hasRoom(book, entry)) entry.groups.set(key, { ...state, group })
    else continue
    for (const kind of kinds) alerts.push(alertOf({ kind, ...about(kind, rule, group, before, state, at.now) }, sender))
  }
  entry.value = worst(all, rule)
  return alerts
}

type Found = ReadonlyMap<string, { readonly group: Labels; readonly finding: Finding }>

/** Where there is no room for all groups, the worst come first. */
function ordered(found: Found, rule: Rule): readonly (readonly [string, { group: Labels; finding: Finding }])[] {
  if (found.size <= 1) return [...found]
  const sign = isLow(rule) ? 1 : -1
  return [...found].sort(([, a], [, b]) => sign * (valueOf(a.finding) - valueOf(b.finding)) || 0)
}

function worst(found: Found, rule: Rule): number | null {
  const values = [...found.values()].map(({ finding }) => valueOf(finding)).filter(Number.isFinite)
  if (values.length === 0) return null
  return values.reduce((a, b) => (isLow(rule) ? Math.min(a, b) : Math.max(a, b)))
}

function isLow({ condition }: Rule): boolean {
  if (condition.kind === 'change') return condition.percent < 0
  return condition.kind === 'absent' || (condition.kind === 'threshold' && condition.op.startsWith('<'))
}

function valueOf(finding: Finding): number {
  return typeof finding === 'string' ? NaN : (finding.value ?? NaN)
}

function gone(state: AlertState, grouped: boolean): boolean {
  return grouped && state.startsAt !== null && state.empty >= GONE
}

/** A group of which there is nothing to remember; where no data are told of, one that is well is remembered for a day. */
function isQuiet({ state, empty }: AlertState, { noData }: Rule): boolean {
  return state === 'ok' && (noData.policy !== 'alert' || empty >= GONE)
}

function hasRoom(book: Book, entry: RuleEntry): boolean {
  if (entry.groups.size >= MOST.groups) return false
  let count = 0
  for (const { groups } of book.rules.values()) count += groups.size
  return count < MOST.allGroups
}

function about(
  kind: Kind,
  rule: Rule,
  group: Labels,
  before: AlertState,
  state: AlertState,
  now: number
): { rule: Rule; group: Labels; now: number; startsAt: number; value: number | null; number: number } {
  const emptiness = kind === 'no_data' || kind === 'data'
  const { emptySince } = kind === 'data' ? before : state
  const startsAt = (emptiness ? emptySince : (before.startsAt ?? state.startsAt)) ?? now
  const value = emptiness && kind === 'no_data' ? null : state.value
  return { rule, group, now, startsAt, value, number: kind === 'reminder' ? state.reminders : 0 }
}
