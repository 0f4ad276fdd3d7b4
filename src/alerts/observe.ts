import { DAY } from '../core/time.ts'
import type { Labels } from '../core/labels.ts'
import { keyOf } from './alert.ts'
import { type Ask, type Asked, type Seen, type Sight, sight } from './ask.ts'
import { type Baselines, type Change, changeOf } from './change.ts'
import type { Finding } from './machine.ts'
import type { Op, Rule } from './rule.ts'

/** What was found of each group. */
export interface Observed {
  readonly found: ReadonlyMap<string, { readonly group: Labels; readonly finding: Finding }>
  /** What is found of a group that is not there. */
  readonly missing: Finding
  /** What the data have to say, such as that nothing of that name was ever recorded. */
  readonly warning: string | null
}

/** What observing takes. */
export interface Observing {
  readonly rule: Rule
  /** Unix ms. */
  readonly now: number
  /** Unix ms: since when somebody has looked. */
  readonly since: number
  readonly ask: Ask
  readonly baselines: Baselines
  readonly tz: string
}

/** Evaluates a rule, without a budget, over all its groups. Rejects when the data cannot be asked. */
export async function observe(observing: Observing): Promise<Observed> {
  const { rule } = observing
  switch (rule.condition.kind) {
    case 'absent':
      return absence(observing)
    case 'change':
      return changes(observing)
    default:
      return rule.dividedBy === null ? thresholds(observing) : ratios(observing)
  }
}

async function thresholds({ rule, now, ask }: Observing): Promise<Observed> {
  const { metric, window, where, groupBy } = rule
  const asked: Asked = { metric, aggregate: rule.aggregate, where, groupBy, from: now - window, to: now }
  const values = await sight(asked, ask)
  const counts = needsCounts(rule) ? await countsOf(values, asked, ask) : values.seen
  return observed(values, counts, rule)
}

function needsCounts({ minSamples, noData }: Rule): boolean {
  return minSamples > 0 || noData.said
}

/** The same values with how many they come of, which ratios, percentiles and rates say by themselves. */
async function countsOf(values: Sight, asked: Asked, ask: Ask): Promise<readonly Seen[]> {
  if (values.seen.every(({ samples }) => samples !== null) || values.aggregate === 'ratio') return values.seen
  const counts = await sight({ ...asked, aggregate: 'count' }, ask)
  const byGroup = new Map(counts.seen.map(({ group, value }) => [keyOf('', group), value]))
  return values.seen.map((seen) => ({ ...seen, samples: byGroup.get(keyOf('', seen.group)) ?? 0 }))
}

function observed({ counted, warning }: Sight, seen: readonly Seen[], rule: Rule): Observed {
  const found = seen.map((one) => [keyOf('', one.group), { group: one.group, finding: judged(one, rule) }] as const)
  const nothing: Seen = { group: {}, value: counted ? 0 : null, samples: 0 }
  return { found: new Map(found), missing: judged(nothing, rule), warning }
}

function judged({ value, samples }: Seen, rule: Rule): Finding {
  if (value === null || (rule.noData.said && samples === 0)) return 'none'
  if (samples !== null && samples < rule.minSamples) return 'few'
  const { condition } = rule
  if (condition.kind !== 'threshold') return 'none'
  const { op, threshold, resolve } = condition
  return { value, bad: compares(value, op, threshold), good: !compares(value, op, resolve ?? threshold) }
}

function compares(value: number, op: Op, limit: number): boolean {
  switch (op) {
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '==':
      return value === limit
    case '!=':
      return value !== limit
  }
}

async function ratios({ rule, now, ask }: Observing): Promise<Observed> {
  const { metric, dividedBy, window, where, groupBy } = rule
  const asked = { aggregate: 'sum', where, groupBy, from: now - window, to: now }
  const above = await sight({ ...asked, metric }, ask)
  const below = await sight({ ...asked, metric: dividedBy! }, ask)
  const parts = new Map(above.seen.map(({ group, value }) => [keyOf('', group), value ?? 0]))
  const seen = below.seen.map(({ group, value }): Seen => {
    const whole = value ?? 0
    const share = whole === 0 ? null : (100 * (parts.get(keyOf('', group)) ?? 0)) / whole
    return { group, value: share, samples: Math.abs(whole) }
  })
  return observed({ ...below, counted: false, warning: below.warning }, seen, rule)
}

async function changes({ rule, now, ask, baselines, tz }: Observing): Promise<Observed> {
  const { metric, aggregate, window, where, groupBy } = rule
  const condition = rule.condition as Change
  const asked: Asked = { metric, aggregate, where, groupBy, from: now - window, to: now }
  const values = await sight(asked, ask)
  const counts = rule.minSamples > 0 ? await countsOf(values, asked, ask) : values.seen
  const usual = await baselines.of(rule, now, ask, tz)
  const found = new Map<string, { group: Labels; finding: Finding }>()
  for (const one of counts) {
    const few = one.samples !== null && one.samples < rule.minSamples
    const finding = few ? 'few' : strays(one, usual.get(keyOf('', one.group)), condition)
    found.set(keyOf('', one.group), { group: one.group, finding })
  }
  // What was usual and is gone has dropped to nothing.
  for (const [key, one] of usual) {
    if (found.has(key) || !values.counted) continue
    const group = JSON.parse(key) as Labels
    found.set(key, { group, finding: strays({ group, value: 0, samples: 0 }, one, condition) })
  }
  return { found, missing: 'none', warning: values.warning }
}

function strays(seen: Seen, usual: Parameters<typeof changeOf>[1], condition: Change): Finding {
  const change = changeOf(seen, usual, condition)
  if (change === undefined) return 'none'
  const far = condition.percent < 0 ? change.percent <= condition.percent : change.percent >= condition.percent
  const bad = far && change.strays
  return { value: change.percent, bad, good: !bad }
}

/** Nothing was recorded within the window: of a group that there was the day before, or at all since somebody looks. */
async function absence({ rule, now, since, ask }: Observing): Promise<Observed> {
  const { metric, window, where, groupBy } = rule
  const asked: Asked = { metric, aggregate: countable(metric), where, groupBy, from: now - window, to: now }
  const recent = await sight(asked, ask)
  const known = groupBy.length === 0 ? recent : await sight({ ...asked, from: now - window - DAY }, ask)
  const counts = new Map(recent.seen.map((one) => [keyOf('', one.group), countOf(one)]))
  const isNew = now - since < window
  const groups = groupBy.length === 0 ? [{}] : known.seen.map(({ group }) => group)
  const found = groups.map((group) => {
    const count = counts.get(keyOf('', group)) ?? 0
    const finding = count === 0 && isNew ? 'none' : { value: count, bad: count === 0, good: count > 0 }
    return [keyOf('', group), { group, finding }] as const
  })
  return { found: new Map(found), missing: 'none', warning: recent.warning }
}

/** A ratio says how many it is of by itself. */
function countable(metric: string): string | null {
  return metric === 'http_error_rate' ? null : 'count'
}

function countOf({ value, samples }: Seen): number {
  return samples ?? value ?? 0
}
