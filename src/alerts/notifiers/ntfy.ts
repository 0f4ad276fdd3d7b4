import type { Alert } from '../alert.ts'
import { fit } from '../cut.ts'
import type { Notifier } from '../notifier.ts'
import { facts, mood } from '../payload.ts'
import { posting, urlOf } from '../post.ts'
import { onlyKnown, refuse } from '../refuse.ts'

/** Publishes to a topic of ntfy. */
export interface NtfyOptions {
  /** The whole address: `https://ntfy.sh/my-topic`. */
  readonly ntfy: string
  /** Where the topic is protected. */
  readonly token?: string
}

/** A message of more than 4,096 bytes would become a file. */
const LIMITS = { title: 200, message: 1_000 }
const LOOKS = {
  bad: { priority: 5, tags: ['rotating_light'] },
  warn: { priority: 4, tags: ['warning'] },
  good: { priority: 3, tags: ['white_check_mark'] },
  info: { priority: 3, tags: ['information_source'] },
}

/** Everybody who follows a topic of ntfy. */
export function ntfy(option: string, given: NtfyOptions): Notifier {
  onlyKnown(option, given, ['ntfy', 'token'])
  const { token } = given
  const whole = urlOf(`${option}: ntfy`, given.ntfy)
  const [, base = '', topic = ''] = /^(.*\/)([^/]+)\/*$/.exec(whole.pathname) ?? []
  if (topic === '') refuse(`${option}: ntfy`, 'names no topic', 'Give an address such as https://ntfy.sh/my-topic.')
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) refuse(`${option}: token`, 'is no token', 'Give tk_….')
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  // As JSON, to the root: headers cannot hold every character of a title.
  const url = new URL(base, whole)
  return posting('ntfy', url, (alert) => ({ body: JSON.stringify({ topic, ...bodyOf(alert) }), headers }))
}

/** The body for an alert. */
export function bodyOf(alert: Alert): Readonly<Record<string, unknown>> {
  const more = facts(alert)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
  return {
    title: fit(alert.title, LIMITS.title),
    message: fit(`${alert.message}\n\n${more}`, LIMITS.message),
    ...LOOKS[mood(alert)],
    ...(alert.url === null ? {} : { click: alert.url }),
  }
}
