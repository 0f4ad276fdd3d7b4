import type { Alert } from '../alert.ts'
import { fit, plainMarkdown } from '../cut.ts'
import type { Notifier } from '../notifier.ts'
import { facts, mood } from '../payload.ts'
import { posting, urlOf } from '../post.ts'
import { onlyKnown } from '../refuse.ts'

/** Posts to a webhook of Discord. */
export interface DiscordOptions {
  readonly discord: string
}

/** An embed holds 6,000 characters in all; each part has a limit of its own. */
const LIMITS = { title: 256, description: 3_000, name: 256, value: 300 }
const COLOURS = { bad: 0xe01e5a, warn: 0xecb22e, good: 0x2eb67d, info: 0x4a90e2 }

/** A Discord channel. */
export function discord(option: string, given: DiscordOptions): Notifier {
  onlyKnown(option, given, ['discord'])
  const url = urlOf(`${option}: discord`, given.discord)
  return posting('discord', url, (alert) => ({ body: JSON.stringify(bodyOf(alert)) }))
}

/** The body for an alert; it mentions nobody, whatever its text says. */
export function bodyOf(alert: Alert): Readonly<Record<string, unknown>> {
  const fields = facts(alert).map(([name, value]) => ({
    name: fit(name, LIMITS.name),
    value: fit(value, LIMITS.value, plainMarkdown),
    inline: true,
  }))
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: fit(alert.title, LIMITS.title, plainMarkdown),
        description: fit(alert.message, LIMITS.description, plainMarkdown),
        color: COLOURS[mood(alert)],
        timestamp: new Date(alert.time).toISOString(),
        fields,
      },
    ],
  }
}
