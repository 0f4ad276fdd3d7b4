import { createHash } from 'node:crypto'
import { canonical } from '../../core/labels.ts'
import type { Alert } from '../alert.ts'
import type { Notifier } from '../notifier.ts'
import { isoOf } from '../payload.ts'
import { posting, urlOf } from '../post.ts'
import { onlyKnown } from '../refuse.ts'

/** Posts what Prometheus' Alertmanager posts: every receiver made for it understands this. */
export interface AlertmanagerOptions {
  readonly alertmanager: string
}

const NEVER = '0001-01-01T00:00:00Z'

/** A receiver of Alertmanager's webhook, version 4. */
export function alertmanager(option: string, given: AlertmanagerOptions): Notifier {
  onlyKnown(option, given, ['alertmanager'])
  const url = urlOf(`${option}: alertmanager`, given.alertmanager)
  return posting('alertmanager', url, (alert) => ({ body: JSON.stringify(bodyOf(alert)) }))
}

/** The body for an alert. */
export function bodyOf(alert: Alert): Readonly<Record<string, unknown>> {
  const status = alert.status === 'resolved' ? 'resolved' : 'firing'
  const budget = alert.type === 'alert.budget' ? { threshold: String(alert.threshold) } : {}
  const labels = {
    ...alert.labels,
    ...alert.group,
    ...budget,
    alertname: alert.rule,
    severity: alert.severity,
    job: alert.app,
  }
  const annotations = { summary: alert.title, description: alert.message, value: String(alert.value) }
  return {
    version: '4',
    groupKey: `{}:{alertname=${JSON.stringify(alert.rule)}}`,
    truncatedAlerts: 0,
    status,
    receiver: 'pocketmetrics',
    groupLabels: { alertname: alert.rule },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: alert.url ?? '',
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: isoOf(alert.startsAt ?? alert.time),
        endsAt: isoOf(alert.endsAt) ?? NEVER,
        generatorURL: alert.url ?? '',
        fingerprint: createHash('sha256').update(canonical(labels)).digest('hex').slice(0, 16),
      },
    ],
  }
}
