import { LINE_HINT } from './line.ts'
import { zoneName } from './mute.ts'
import { number, onlyKnown, refuse, shown, word } from './refuse.ts'
import type { Condition, Op, RuleOptions } from './rule.ts'

const OPS: readonly Op[] = ['>', '>=', '<', '<=', '==', '!=']
const SHARES: readonly number[] = [0.5, 0.8, 1]

type Where = (field: string) => string

/** What a rule looks for; throws `bad_option` for none, or for two. */
export function settleCondition(options: RuleOptions, where: Where, timezone: string): Condition {
  const { absent, change, budget, op, threshold } = options
  const kinds = [
    absent === true && 'absent',
    change && 'change',
    budget && 'budget',
    (op ?? threshold) !== undefined && 'op',
  ]
  const said = kinds.filter((kind) => typeof kind === 'string')
  if (said.length > 1) refuse(where(said[1]!), `does not go with ${said[0]}`, 'Write two rules.')
  if (budget !== undefined) return ofBudget(budget, where, timezone)
  if (change !== undefined) return ofChange(change, where)
  if (absent !== undefined && typeof absent !== 'boolean') refuse(where('absent'), shown(absent), 'Give true.')
  if (absent === true) return { kind: 'absent' }
  if (said.length === 0) refuse(where('when'), 'is missing', LINE_HINT)
  return ofThreshold(options, where)
}

function ofThreshold({ op, threshold, resolve }: RuleOptions, where: Where): Condition {
  const known = word(where('op'), op, OPS)
  const limit = number(where('threshold'), threshold)
  const back = resolve === undefined ? null : number(where('resolve'), resolve)
  const sooner = back !== null && (known.startsWith('>') ? back > limit : known.startsWith('<') ? back < limit : false)
  if (sooner) refuse(where('resolve'), `is ${back}, on the wrong side of ${limit}`, 'It would resolve while it fires.')
  return { kind: 'threshold', op: known, threshold: limit, resolve: back }
}

function ofChange(change: NonNullable<RuleOptions['change']>, where: Where): Condition {
  onlyKnown(where('change'), change, ['drops', 'rises', 'against', 'deviations'])
  const { drops, rises, against, deviations } = change
  if ((drops === undefined) === (rises === undefined)) {
    refuse(where('change'), 'has not exactly one of drops and rises', 'Give { drops: 50 } or { rises: 100 }.')
  }
  const percent = number(where('change'), drops ?? rises)
  if (percent <= 0 || (drops !== undefined && percent > 100)) {
    refuse(where('change'), `is ${percent} percent`, 'Give percent above 0; nothing drops by more than 100.')
  }
  return {
    kind: 'change',
    percent: drops === undefined ? percent : -percent,
    against: word(where('change: against'), against, ['previous', 'week'] as const, 'previous'),
    deviations: number(where('change: deviations'), deviations, 3),
  }
}

function ofBudget(budget: NonNullable<RuleOptions['budget']>, where: Where, timezone: string): Condition {
  onlyKnown(where('budget'), budget, ['usd', 'per', 'endpoint', 'model', 'feature', 'at', 'tz'])
  const usd = number(where('budget: usd'), budget.usd)
  if (usd <= 0) refuse(where('budget: usd'), shown(usd), 'Give dollars above 0.')
  const at = budget.at ?? SHARES
  if (
    !Array.isArray(at) ||
    at.length === 0 ||
    at.length > 20 ||
    !at.every((one) => typeof one === 'number' && one > 0 && one <= 10)
  ) {
    refuse(where('budget: at'), shown(at), 'Give shares such as [0.5, 0.8, 1].')
  }
  return {
    kind: 'budget',
    usd,
    per: word(where('budget: per'), budget.per, ['day', 'month'] as const),
    at: [...new Set(at as number[])].sort((a, b) => a - b),
    tz: zoneName(where('budget: tz'), budget.tz, timezone),
  }
}
