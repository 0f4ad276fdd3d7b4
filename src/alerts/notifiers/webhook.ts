import type { Notifier } from '../notifier.ts'
import { payload } from '../payload.ts'
import { posting, urlOf } from '../post.ts'
import { onlyKnown, refuse, shown } from '../refuse.ts'
import { keysOf, signature } from '../sign.ts'

/** Posts JSON, signed as Standard Webhooks say. */
export interface WebhookOptions {
  readonly webhook: string
  /** `whsec_…`; of several each signs, so that one can replace another. */
  readonly secret?: string | readonly string[]
  /** Sent along, such as an Authorization. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A receiver that wants signed JSON. */
export function webhook(option: string, given: WebhookOptions): Notifier {
  onlyKnown(option, given, ['webhook', 'secret', 'headers'])
  const url = urlOf(`${option}: webhook`, given.webhook)
  const keys = keysOf(`${option}: secret`, given.secret)
  const headers = headersOf(`${option}: headers`, given.headers)
  return posting('webhook', url, (alert, now) => {
    const body = JSON.stringify(payload(alert))
    return { body, headers: { ...headers, ...signature(alert.id, body, keys, now) } }
  })
}

/** Header names and values; throws `bad_option`. */
export function headersOf(option: string, given: unknown): Readonly<Record<string, string>> {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null) return refuse(option, shown(given), 'Give texts by name.')
  for (const [name, value] of Object.entries(given)) {
    const isFine = /^[A-Za-z0-9-]+$/.test(name) && typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)
    if (!isFine) refuse(option, `has '${name.slice(0, 40)}', which cannot be sent`, 'Give plain texts by name.')
  }
  return given as Record<string, string>
}
