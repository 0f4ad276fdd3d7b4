import { SECOND } from '../core/time.ts'
import { type Channel, type NotifierOptions, settleChannels } from './channels.ts'
import { zoneName } from './mute.ts'
import { onlyKnown, refuse, shown, span, texts } from './refuse.ts'
import type { Rule, RuleOptions } from './rule.ts'
import { settleRule } from './settle.ts'

/** The option `alerts`. */
export interface AlertsOptions {
  /** How often rules are evaluated. Default `15s`. */
  readonly every?: string
  /** Where alerts go, by names that rules use in `notify`. Default: nowhere, but `/metrics/alerts` shows them. */
  readonly notifiers?: Readonly<Record<string, NotifierOptions>>
  /** Rules: objects, lines such as `'http_error_rate > 5 over 5m'`, or names of ready-made ones. */
  readonly rules?: readonly (string | RuleOptions)[]
  /** A short summary of the day before, at a local hour. */
  readonly digest?: DigestOptions
  /** Where your metrics can be looked at: sent along as a link. */
  readonly url?: string
}

/** When the daily summary goes out, and to whom. */
export interface DigestOptions {
  /** Local time. Default `08:00`. */
  readonly at?: string
  /** Names of notifiers. Default: all. */
  readonly notify?: string | readonly string[]
  /** Default: the option `timezone`. */
  readonly tz?: string
}

/** The daily summary, settled: minutes after local midnight. */
export interface Digest {
  readonly at: number
  readonly notify: readonly string[]
  readonly tz: string
}

/** The option, resolved; times in ms. */
export interface AlertsSettings {
  readonly every: number
  readonly channels: ReadonlyMap<string, Channel>
  readonly rules: readonly Rule[]
  readonly digest: Digest | null
  readonly url: string | null
}

const LEAST_EVERY = 100
const MOST_RULES = 200

/** Resolves and checks the option; throws `bad_option` that names rule and field. */
export function settleAlerts(given: unknown, timezone: string): AlertsSettings | false {
  if (given === false) return false
  const options = (given === undefined || given === true ? {} : given) as AlertsOptions
  onlyKnown('alerts', options, ['every', 'notifiers', 'rules', 'digest', 'url'])
  const channels = settleChannels(options.notifiers)
  const by = { timezone, notifiers: [...channels.keys()] }
  const { rules = [] } = options
  if (!Array.isArray(rules)) refuse('alerts.rules', shown(rules), "Give a list, such as ['errors', 'latency'].")
  const settled = rules.map((rule) => settleRule(rule, by))
  settled.forEach((rule, at) => distinct(rule, settled.slice(0, at)))
  return {
    every: span('alerts.every', options.every, 15 * SECOND, LEAST_EVERY),
    channels,
    rules: settled,
    digest: options.digest === undefined ? null : digestOf(options.digest, by),
    url: urlOf(options.url),
  }
}

/** Refuses a second rule of a name, and too many of them. */
export function distinct(rule: Rule, others: readonly Rule[]): void {
  const option = `rule '${rule.name}': name`
  if (others.some(({ name }) => name === rule.name))
    refuse(option, 'is there already', 'Give each rule a name of its own.')
  if (others.length >= MOST_RULES)
    refuse(option, `is one too many`, `There can be ${MOST_RULES} rules; groupBy tells apart.`)
}

function digestOf(given: DigestOptions, by: { timezone: string; notifiers: readonly string[] }): Digest {
  onlyKnown('alerts.digest', given, ['at', 'notify', 'tz'])
  const { at = '08:00' } = given
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(String(at)) ?? []
  if (hour === undefined) refuse('alerts.digest: at', shown(at), "Give a time such as '08:00'.")
  const notify = given.notify === undefined ? by.notifiers : texts('alerts.digest: notify', given.notify)
  const strange = notify.find((name) => !by.notifiers.includes(name))
  if (strange !== undefined || notify.length === 0) {
    const problem = strange === undefined ? 'names nobody' : `names '${strange.slice(0, 40)}'`
    refuse('alerts.digest: notify', problem, 'Name notifiers of alerts.notifiers.')
  }
  return { at: Number(hour) * 60 + Number(minute), notify, tz: zoneName('alerts.digest: tz', given.tz, by.timezone) }
}

function urlOf(given: unknown): string | null {
  if (given === undefined) return null
  if (typeof given === 'string' && URL.canParse(given) && /^https?:/.test(given)) return given
  return refuse('alerts.url', shown(given), "Give an address such as 'https://app.example.com/metrics'.")
}
