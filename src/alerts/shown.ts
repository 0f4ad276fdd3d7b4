import type { Condition, Severity } from './rule.ts'

/** What a process knows of its alerts and the store does not; plain values. */
export interface AlertFacts {
  readonly rules: readonly RuleFacts[]
  readonly notifiers: readonly { readonly name: string; readonly kind: string }[]
}

/** A rule as answers show it. */
export interface RuleFacts {
  readonly name: string
  readonly text: string
  readonly severity: Severity
  readonly metric: string
  readonly threshold: number | null
  readonly budget: boolean
}

/** The number that a condition compares with. */
export function thresholdOf(condition: Condition): number | null {
  switch (condition.kind) {
    case 'threshold':
      return condition.threshold
    case 'change':
      return condition.percent
    case 'budget':
      return condition.usd
    case 'absent':
      return null
  }
}
