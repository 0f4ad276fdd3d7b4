import { type Alert, iso } from './alert.ts'
import type { Severity } from './rule.ts'
import { amount, grouped } from './words.ts'

/** An alert as flat names and values for people: what there is of them. */
export function facts(alert: Alert): readonly (readonly [name: string, value: string])[] {
  const { severity, value, unit, group, labels, startsAt, app } = alert
  const all = [
    ['Severity', alert.type === 'digest' || alert.type === 'alert.test' ? '' : severity],
    ['Value', value === null || alert.metric === null ? '' : amount(value, unit)],
    ['Group', grouped(group)],
    ['Labels', grouped(labels)],
    ['Since', startsAt === null ? '' : iso(startsAt)],
    ['App', app],
  ] as const
  return all.filter(([, text]) => text !== '')
}

/** An alert as programs read it. The same keys for every type, at the top and, with more of them, under `data`. */
export function payload(alert: Alert): Readonly<Record<string, unknown>> {
  const { id, type, rule, status, severity, metric, value, threshold, unit, title, message, url } = alert
  const flat = { id, rule, status, severity, metric, value, threshold, unit, title, message, url }
  const { alertId, group, labels, startsAt, endsAt, app } = alert
  const more = {
    alert_id: alertId,
    group,
    labels,
    starts_at: isoOf(startsAt),
    ends_at: isoOf(endsAt),
    duration_ms: startsAt === null ? null : (endsAt ?? alert.time) - startsAt,
    app,
    test: type === 'alert.test',
  }
  const time = new Date(alert.time).toISOString()
  return { type, timestamp: time, time, ...flat, data: { ...flat, ...more } }
}

/** Unix ms as ISO 8601, or null. */
export function isoOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

/** What an alert looks like at a glance. */
export function mood({ status, severity, type }: Alert): 'bad' | 'warn' | 'good' | 'info' {
  if (status === 'resolved') return 'good'
  if (status === 'info' || type === 'digest') return 'info'
  return MOODS[severity]
}

const MOODS: Readonly<Record<Severity, 'bad' | 'warn' | 'info'>> = { critical: 'bad', warning: 'warn', info: 'info' }
