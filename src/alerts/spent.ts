import { type Ask, sight } from './ask.ts'
import { type Budget, periodOf, type Spent } from './budget.ts'
import type { Rule } from './rule.ts'

/** Calls of these are not in what was spent: their price is not known. */
const UNPRICED: ReadonlySet<string | undefined> = new Set(['unpriced', 'unknown'])

/** What the models of a budget have cost in the period that holds `now`. */
export async function spentOf(rule: Rule, now: number, ask: Ask): Promise<Spent> {
  const { where } = rule
  const from = periodOf(rule.condition as Budget, now).start
  const asked = { where, from, to: Math.max(now, from + 1) }
  const cost = await sight({ ...asked, metric: 'llm_cost_usd', aggregate: 'sum', groupBy: [] }, ask)
  const calls = await sight({ ...asked, metric: 'llm_calls', aggregate: 'sum', groupBy: ['pricing'] }, ask)
  const unpriced = calls.seen.filter(({ group }) => UNPRICED.has(group['pricing']))
  return { usd: cost.seen[0]?.value ?? 0, unpriced: unpriced.reduce((sum, { value }) => sum + (value ?? 0), 0) }
}
