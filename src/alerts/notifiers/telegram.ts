import type { Alert } from '../alert.ts'
import { entity, fit } from '../cut.ts'
import type { Notifier } from '../notifier.ts'
import { facts } from '../payload.ts'
import { outcomeOf, type Posted, posting, urlOf } from '../post.ts'
import { onlyKnown, refuse } from '../refuse.ts'
import type { Outcome } from '../retry.ts'

/** Sends by a bot of Telegram. */
export interface TelegramOptions {
  readonly telegram: {
    /** Of the bot, from @BotFather. */
    readonly token: string
    readonly chat: string | number
    /** A server of one's own. Default `https://api.telegram.org`. */
    readonly api?: string
  }
}

/** A message takes 4,096 characters. */
const LIMITS = { title: 300, message: 2_500, facts: 1_000 }

/** A chat of Telegram. */
export function telegram(option: string, given: TelegramOptions): Notifier {
  onlyKnown(option, given, ['telegram'])
  onlyKnown(`${option}: telegram`, given.telegram, ['token', 'chat', 'api'])
  const { token, chat, api = 'https://api.telegram.org' } = given.telegram
  if (typeof token !== 'string' || !/^\d+:[\w-]+$/.test(token)) {
    refuse(`${option}: token`, 'is no token of a bot', 'Give what @BotFather gave: 123456:ABC…')
  }
  if (!/^(-?\d+|@\w+)$/.test(String(chat))) refuse(`${option}: chat`, 'is no chat', "Give its number, or '@channel'.")
  const url = urlOf(`${option}: api`, `${String(api).replace(/\/+$/, '')}/bot${token}/sendMessage`)
  return posting('telegram', url, (alert) => ({ body: JSON.stringify({ chat_id: chat, ...bodyOf(alert) }) }), judge)
}

/** The body for an alert. */
export function bodyOf(alert: Alert): Readonly<Record<string, unknown>> {
  const more = facts(alert)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
  const title = fit(alert.title, LIMITS.title, entity)
  const text = `<b>${title}</b>\n${fit(alert.message, LIMITS.message, entity)}\n\n${fit(more, LIMITS.facts, entity)}`
  return { text: text.trim(), parse_mode: 'HTML', link_preview_options: { is_disabled: true } }
}

/** Telegram says in the body how long to wait. */
function judge(posted: Posted, now: number): Outcome {
  const wait = posted.status === 429 ? /"retry_after"\s*:\s*(\d{1,6})/.exec(posted.body)?.[1] : undefined
  return outcomeOf({ ...posted, retryAfter: wait ?? posted.retryAfter }, now)
}
