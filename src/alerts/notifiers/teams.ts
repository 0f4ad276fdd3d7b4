import type { Alert } from '../alert.ts'
import { fit, plainMarkdown } from '../cut.ts'
import type { Notifier } from '../notifier.ts'
import { facts, mood } from '../payload.ts'
import { posting, urlOf } from '../post.ts'
import { onlyKnown } from '../refuse.ts'

/** Posts to a Workflow of Microsoft Teams ("when a webhook request is received"). */
export interface TeamsOptions {
  readonly teams: string
}

/** A message takes 28 kB at most, and bytes are more than characters. */
const LIMITS = { title: 300, message: 4_000, fact: 500 }
const COLOURS = { bad: 'Attention', warn: 'Warning', good: 'Good', info: 'Accent' }

/** A Teams channel. */
export function teams(option: string, given: TeamsOptions): Notifier {
  onlyKnown(option, given, ['teams'])
  return posting('teams', urlOf(`${option}: teams`, given.teams), (alert) => ({ body: JSON.stringify(bodyOf(alert)) }))
}

/** An Adaptive Card for an alert. */
export function bodyOf(alert: Alert): Readonly<Record<string, unknown>> {
  const text = { type: 'TextBlock', wrap: true }
  const rows = facts(alert).map(([title, value]) => ({ title, value: fit(value, LIMITS.fact, plainMarkdown) }))
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      {
        ...text,
        text: fit(alert.title, LIMITS.title, plainMarkdown),
        size: 'Large',
        weight: 'Bolder',
        color: COLOURS[mood(alert)],
      },
      { ...text, text: fit(alert.message, LIMITS.message, plainMarkdown) },
      { type: 'FactSet', facts: rows },
    ],
  }
  const card = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }
  return { type: 'message', attachments: [card] }
}
