import type { Labels } from '../core/labels.ts'
import { after, floor } from '../query/calendar.ts'
import { matches } from '../query/filters.ts'
import { zoneOf } from '../query/zone.ts'
import { type Alert, idOf, iso, keyOf, type Sender } from './alert.ts'
import type { Condition, Rule, Where } from './rule.ts'
import { figure } from './words.ts'

export type Budget = Condition & { readonly kind: 'budget' }

/** How far a budget has come in a period. */
export interface BudgetState {
  /** Unix ms: when the period began, and ends. */
  readonly start: number
  readonly end: number
  readonly spent: number
  /** Calls without a price. */
  readonly unpriced: number
  /** The highest share told of; 0 for none. */
  readonly told: number
  readonly unpricedTold: boolean
}

/** What was spent within the period that holds `now`. */
export interface Spent {
  readonly usd: number
  readonly unpriced: number
}

/** The next state, and what is to be said. */
export interface BudgetStep {
  readonly state: BudgetState
  readonly alerts: readonly Alert[]
}

const NO_GROUP: Labels = {}

/** The period that holds `now`: by the calendar of the budget's zone. */
export function periodOf({ per, tz }: Budget, now: number): { readonly start: number; readonly end: number } {
  const width = { name: per, unit: per === 'day' ? 'd' : 'M', count: 1 } as const
  const zone = zoneOf(tz)
  const start = floor(now, width, zone)
  return { start, end: after(start, width, zone) }
}

/** Each share is told of once in a period, and of several that are passed at once the highest. */
export function nextBudget(
  before: BudgetState | null,
  spent: Spent,
  rule: Rule,
  now: number,
  sender: Sender
): BudgetStep {
  const budget = rule.condition as Budget
  const period = periodOf(budget, now)
  const known = before?.start === period.start ? before : { ...period, told: 0, unpricedTold: false }
  const share = budget.at.findLast((one) => spent.usd >= one * budget.usd) ?? 0
  const alerts: Alert[] = []
  if (share > known.told) alerts.push(alertAt(rule, spent, share, period.start, now, sender))
  const blind = spent.unpriced > 0 && !known.unpricedTold
  if (blind) alerts.push(cannotTell(rule, spent, period.start, now, sender))
  const told = Math.max(share, known.told)
  const { usd, unpriced } = spent
  return { state: { ...period, spent: usd, unpriced, told, unpricedTold: known.unpricedTold || blind }, alerts }
}

/** Whether a budget is used up at `now`. */
export function isUsedUp(state: BudgetState, { usd }: Budget, now: number): boolean {
  return state.spent >= usd && now >= state.start && now < state.end
}

/** Whether a call with these labels is one of those that a budget is for; of what nobody has told, nobody knows. */
export function isWithin(where: Where, call: Readonly<Record<string, string | undefined>>): boolean {
  return Object.entries(where).every(([label, asked]) => {
    const value = call[label]
    const text = [asked].flat().join(',')
    const patterns = text.replace(/^!/, '').split(',')
    return value !== undefined && patterns.some((one) => matches(value, one.trim())) !== text.startsWith('!')
  })
}

function alertAt(rule: Rule, { usd }: Spent, share: number, start: number, now: number, sender: Sender): Alert {
  const budget = rule.condition as Budget
  const percent = `${figure(share * 100)} %`
  const message = `${figure(usd)} USD of ${figure(budget.usd)} USD are spent this ${budget.per}, since ${iso(start)}. The budget: ${rule.text}.`
  const title = `BUDGET ${percent}: ${rule.name}`
  return {
    ...base(rule, start, now, sender),
    id: idOf(rule.name, start, 'budget', share),
    threshold: share * budget.usd,
    value: usd,
    title,
    message,
  }
}

function cannotTell(rule: Rule, { usd, unpriced }: Spent, start: number, now: number, sender: Sender): Alert {
  const { usd: limit, per } = rule.condition as Budget
  const calls = unpriced === 1 ? '1 call has' : `${figure(unpriced)} calls have`
  const message = `Cannot tell: ${calls} no price this ${per}. At least ${figure(usd)} USD of ${figure(limit)} USD are spent. Give prices in llm.prices.`
  const title = `BUDGET UNKNOWN: ${rule.name}`
  return {
    ...base(rule, start, now, sender),
    id: idOf(rule.name, start, 'unpriced'),
    threshold: limit,
    value: usd,
    title,
    message,
  }
}

function base(
  rule: Rule,
  start: number,
  now: number,
  sender: Sender
): Omit<Alert, 'id' | 'title' | 'message' | 'value' | 'threshold'> {
  const key = keyOf(rule.name, NO_GROUP)
  const { severity, metric, labels, name } = rule
  const said = { type: 'alert.budget', status: 'firing', unit: 'USD', endsAt: null, time: now } as const
  return {
    ...said,
    alertId: idOf(key, start),
    key,
    rule: name,
    severity,
    metric,
    group: NO_GROUP,
    labels,
    startsAt: start,
    ...sender,
  }
}
