import type { Labels } from '../core/labels.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../core/time.ts'
import type { Rule } from './rule.ts'

const UNITS = [
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
  ['ms', 1],
] as const

/** A duration as options write it: `5m`, `1h30m`. */
export function brief(ms: number): string {
  let left = Math.round(ms)
  let text = ''
  for (const [unit, width] of UNITS) {
    const count = Math.floor(left / width)
    if (count > 0) text += `${count}${unit}`
    left -= count * width
  }
  return text === '' ? '0s' : text
}

/** A duration as people say it. */
export function lasted(ms: number): string {
  if (ms < 2 * MINUTE) return `${Math.round(ms / SECOND)} s`
  return ms < 2 * HOUR ? `${Math.round(ms / MINUTE)} min` : `${(ms / HOUR).toFixed(1)} h`
}

/** A number as people read it: four digits are enough, but all of a large one. */
export function figure(value: number): string {
  const rounded = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: 9 })
}

/** A value with its unit; a text where there is none. */
export function amount(value: number | null, unit: string): string {
  if (value === null) return 'nothing'
  if (unit === '' || unit === 'count') return figure(value)
  return unit === 'percent' ? `${figure(value)} %` : `${figure(value)} ${unit}`
}

/** Labels as people read them; '' for none. */
export function grouped(group: Labels): string {
  return Object.entries(group)
    .map(([label, value]) => `${label}=${value}`)
    .join(' ')
}

/** What is looked at: `p95(http_latency_ms{method=GET})`. */
export function subjectOf({
  metric,
  dividedBy,
  aggregate,
  where,
}: Pick<Rule, 'metric' | 'dividedBy' | 'aggregate' | 'where'>): string {
  const filters = Object.entries(where).map(([label, value]) => `${label}=${[value].flat().join(',')}`)
  const filtered = filters.length === 0 ? metric : `${metric}{${filters.join(', ')}}`
  if (dividedBy !== null) return `${filtered} / ${dividedBy}`
  return aggregate === null ? filtered : `${aggregate}(${filtered})`
}

/** A rule in one line. */
export function textOf(rule: Omit<Rule, 'text'>): string {
  const { condition, window, groupBy } = rule
  if (condition.kind === 'budget') return `${figure(condition.usd)} USD per ${condition.per}${ofWhat(rule)}`
  const waits = rule.for === 0 ? '' : ` for ${brief(rule.for)}`
  const by = groupBy.length === 0 ? '' : ` by ${groupBy.join(', ')}`
  return `${subjectOf(rule)} ${conditionOf(condition)} over ${brief(window)}${waits}${by}`
}

function ofWhat({ where }: Pick<Rule, 'where'>): string {
  const filters = Object.entries(where).map(([label, value]) => `${label} ${[value].flat().join(', ')}`)
  return filters.length === 0 ? '' : ` for ${filters.join(' and ')}`
}

function conditionOf(condition: Exclude<Rule['condition'], { kind: 'budget' }>): string {
  switch (condition.kind) {
    case 'threshold':
      return `${condition.op} ${condition.threshold}`
    case 'absent':
      return 'absent'
    case 'change': {
      const { percent, against } = condition
      const way = percent < 0 ? 'drops' : 'rises'
      return `${way} ${Math.abs(percent)} % against ${against === 'week' ? 'the same hour of last weeks' : 'the windows before'}`
    }
  }
}
