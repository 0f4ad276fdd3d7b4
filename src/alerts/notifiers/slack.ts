import type { Alert } from '../alert.ts'
import { entity, fit } from '../cut.ts'
import type { Notifier } from '../notifier.ts'
import { facts, mood } from '../payload.ts'
import { posting, urlOf } from '../post.ts'
import { onlyKnown } from '../refuse.ts'

/** Posts to an incoming webhook of Slack. */
export interface SlackOptions {
  readonly slack: string
}

/** Slack refuses sections of more than 3,000 characters, with a 400. */
const SECTION = 2_900
const TEXT = 1_000
const SIGNS = {
  bad: ':red_circle:',
  warn: ':large_orange_circle:',
  good: ':large_green_circle:',
  info: ':information_source:',
}

/** A Slack channel. */
export function slack(option: string, given: SlackOptions): Notifier {
  onlyKnown(option, given, ['slack'])
  return posting('slack', urlOf(`${option}: slack`, given.slack), (alert) => ({ body: JSON.stringify(bodyOf(alert)) }))
}

/** The body for an alert. `&`, `<` and `>` are escaped, so nothing mentions anybody. */
export function bodyOf(alert: Alert): Readonly<Record<string, unknown>> {
  const title = fit(alert.title, 300, entity)
  const section = `${SIGNS[mood(alert)]} *${title}*\n${fit(alert.message, SECTION - title.length - 50, entity)}`
  const small = fit(
    facts(alert)
      .map(([name, value]) => `${name}: ${value}`)
      .join('  ·  '),
    SECTION,
    entity
  )
  return {
    text: fit(`${alert.title}: ${alert.message}`, TEXT, entity),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: section, verbatim: true } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: small, verbatim: true }] },
    ],
    unfurl_links: false,
    unfurl_media: false,
  }
}
