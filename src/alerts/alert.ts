import { createHash } from 'node:crypto'
import type { Draft } from '../core/event.ts'
import { canonical, type Labels } from '../core/labels.ts'
import type { Kind } from './machine.ts'
import type { Rule, Severity } from './rule.ts'
import { thresholdOf } from './shown.ts'
import { unitOf } from './subject.ts'
import { amount, grouped, lasted, subjectOf } from './words.ts'

export type AlertType =
  | 'alert.firing'
  | 'alert.resolved'
  | 'alert.reminder'
  | 'alert.no_data'
  | 'alert.data'
  | 'alert.budget'
  | 'alert.more'
  | 'alert.test'
  | 'digest'

/** One thing to tell: what a notifier is given. Times are Unix ms. */
export interface Alert {
  /** Stays the same however often it is sent: receivers know by it what they have had. */
  readonly id: string
  readonly type: AlertType
  /** The same for all that is told of one firing. */
  readonly alertId: string
  /** Rule and group: what has the same key comes in order. */
  readonly key: string
  readonly time: number
  readonly rule: string
  readonly severity: Severity
  readonly status: 'firing' | 'resolved' | 'info'
  readonly metric: string | null
  readonly value: number | null
  readonly threshold: number | null
  readonly unit: string
  /** The labels that the rule groups by. */
  readonly group: Labels
  /** The labels that the rule gives. */
  readonly labels: Labels
  readonly startsAt: number | null
  readonly endsAt: number | null
  readonly title: string
  readonly message: string
  readonly app: string
  /** Where the metrics are shown, if that is known. */
  readonly url: string | null
}

/** What all alerts of a process say. */
export interface Sender {
  readonly app: string
  readonly url: string | null
}

/** What is told of a rule and a group. */
export interface Told {
  readonly kind: Kind
  readonly rule: Rule
  readonly group: Labels
  readonly now: number
  /** When it began to fire; `now` where it does not. */
  readonly startsAt: number
  readonly value: number | null
  /** Which reminder it is; 0 for the rest. */
  readonly number: number
}

const TITLES: Readonly<Record<Kind, string>> = {
  firing: 'FIRING',
  resolved: 'RESOLVED',
  reminder: 'STILL FIRING',
  no_data: 'NO DATA',
  data: 'DATA AGAIN',
}

/** Rule and group as one text. */
export function keyOf(rule: string, group: Labels): string {
  return `${rule}${canonical(group)}`
}

/** An id that follows from what it stands for. */
export function idOf(...parts: readonly (string | number)[]): string {
  return `msg_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`
}

/** The alert about a step of the machine. */
export function alertOf(told: Told, sender: Sender): Alert {
  const { kind, rule, group, now, startsAt, value, number } = told
  const key = keyOf(rule.name, group)
  const { condition } = rule
  const unit = condition.kind === 'change' ? 'percent' : unitOf(rule.metric, rule.dividedBy)
  return {
    id: idOf(key, startsAt, kind, number),
    type: `alert.${kind}`,
    alertId: idOf(key, startsAt),
    key,
    time: now,
    rule: rule.name,
    severity: rule.severity,
    status: kind === 'resolved' || kind === 'data' ? 'resolved' : 'firing',
    metric: rule.metric,
    value,
    threshold: thresholdOf(condition),
    unit,
    group,
    labels: rule.labels,
    startsAt,
    endsAt: kind === 'resolved' || kind === 'data' ? now : null,
    title: titleOf(TITLES[kind], rule.name, group),
    message: sentence(told, unit),
    ...sender,
  }
}

/** `FIRING: errors (endpoint=/pay)`. */
export function titleOf(word: string, rule: string, group: Labels): string {
  const of = grouped(group)
  return `${word}: ${rule}${of === '' ? '' : ` (${of})`}`
}

function sentence({ kind, rule, startsAt, now, value }: Told, unit: string): string {
  const is = `${subjectOf(rule)} ${rule.condition.kind === 'change' ? 'changed by' : 'is'} ${amount(value, unit)}`
  const said = `The rule: ${rule.text}.`
  const fired = `from ${iso(startsAt)} to ${iso(now)}, ${lasted(now - startsAt)}`
  switch (kind) {
    case 'firing':
      return rule.condition.kind === 'absent' ? `Nothing is recorded. ${said}` : `${is}. ${said}`
    case 'reminder':
      return `${is}, and it fires since ${iso(startsAt)}, for ${lasted(now - startsAt)}. ${said}`
    case 'resolved':
      return `${value === null ? 'There is no data any more' : is}. It fired ${fired}. ${said}`
    case 'no_data':
      return `${subjectOf(rule)} has no data, so nobody knows. ${said}`
    case 'data':
      return `${subjectOf(rule)} has data again. ${said}`
  }
}

/** The same alert for who has not heard that it fired. */
export function both(alert: Alert): Alert {
  return {
    ...alert,
    title: alert.title.replace(/^RESOLVED/, 'FIRED AND RESOLVED'),
    message: `${alert.message} That it fired could not be told before.`,
  }
}

/** Unix ms as ISO 8601 in UTC, to the second. */
export function iso(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** The event that is kept of an alert. */
export function draftOf(alert: Alert): Omit<Draft, 'weight'> {
  const { time, rule, value, group, type, status, severity, metric, threshold, title, message, alertId } = alert
  const fields = { type, status, severity, metric, threshold, title, message, alert_id: alertId }
  return { kind: 'alert', time, name: rule, value: value ?? 0, labels: group, fields }
}
