import type { Notifier } from './notifier.ts'
import { alertmanager, type AlertmanagerOptions } from './notifiers/alertmanager.ts'
import { type AlertFunction, custom } from './notifiers/custom.ts'
import { discord, type DiscordOptions } from './notifiers/discord.ts'
import { email, type EmailOptions } from './notifiers/email.ts'
import { ntfy, type NtfyOptions } from './notifiers/ntfy.ts'
import { slack, type SlackOptions } from './notifiers/slack.ts'
import { teams, type TeamsOptions } from './notifiers/teams.ts'
import { telegram, type TelegramOptions } from './notifiers/telegram.ts'
import { webhook, type WebhookOptions } from './notifiers/webhook.ts'
import { refuse, shown } from './refuse.ts'

/** Where alerts go; with `resolved: false` only what begins is told, and not that it is over. */
export type NotifierOptions =
  | ((
      | WebhookOptions
      | AlertmanagerOptions
      | SlackOptions
      | DiscordOptions
      | TeamsOptions
      | TelegramOptions
      | NtfyOptions
      | EmailOptions
    ) & { readonly resolved?: boolean })
  | AlertFunction

/** A notifier by its name. */
export interface Channel {
  readonly name: string
  readonly notifier: Notifier
  readonly resolved: boolean
}

const KINDS: ReadonlyMap<string, (option: string, given: never) => Notifier> = new Map<
  string,
  (option: string, given: never) => Notifier
>([
  ['webhook', webhook],
  ['alertmanager', alertmanager],
  ['slack', slack],
  ['discord', discord],
  ['teams', teams],
  ['telegram', telegram],
  ['ntfy', ntfy],
  ['email', email],
])

/** Checks notifiers; throws `bad_option` that names the one, and never shows a secret. */
export function settleChannels(given: unknown): ReadonlyMap<string, Channel> {
  if (given === undefined) return new Map()
  const option = 'alerts.notifiers'
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse(option, shown(given), "Give notifiers by name: { team: { slack: 'https://…' } }.")
  }
  return new Map(Object.entries(given).map(([name, one]) => [name, channelOf(name, one, `${option}.${name}`)]))
}

function channelOf(name: string, given: unknown, option: string): Channel {
  if (!/^[\w .-]{1,64}$/.test(name))
    refuse('alerts.notifiers', `has the name '${name.slice(0, 64)}'`, 'Take letters and digits.')
  if (typeof given === 'function') return { name, notifier: custom(given as AlertFunction), resolved: true }
  const hint = `Give an object with one of: ${[...KINDS.keys()].join(', ')}; or a function.`
  if (typeof given !== 'object' || given === null) refuse(option, shown(given), hint)
  const { resolved = true, ...rest } = given as { resolved?: unknown }
  if (typeof resolved !== 'boolean') refuse(`${option}: resolved`, shown(resolved), 'Give true or false.')
  const kinds = Object.keys(rest).filter((key) => KINDS.has(key))
  if (kinds.length !== 1)
    refuse(option, kinds.length === 0 ? 'says nowhere to send to' : `is both ${kinds.join(' and ')}`, hint)
  return { name, notifier: KINDS.get(kinds[0]!)!(option, rest as never), resolved }
}
