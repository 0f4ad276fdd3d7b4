import { createHmac } from 'node:crypto'
import { refuse } from './refuse.ts'

const LEAST_BYTES = 24

/** The keys of secrets such as `whsec_…`; throws `bad_option`, which never shows them. */
export function keysOf(option: string, given: unknown): readonly Buffer[] {
  if (given === undefined) return []
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  return list.map((secret) => {
    const hint = `Give 'whsec_' and at least ${LEAST_BYTES} random bytes in base64.`
    if (typeof secret !== 'string') return refuse(option, 'is no text', hint)
    const text = secret.replace(/^whsec_/, '')
    const key = Buffer.from(text, 'base64')
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) refuse(option, 'is not base64', hint)
    if (key.length < LEAST_BYTES) refuse(option, `has only ${key.length} bytes`, hint)
    return key
  })
}

/** The headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` by each key. */
export function signature(id: string, body: string, keys: readonly Buffer[], now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp }
  if (keys.length === 0) return headers
  const signed = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  )
  return { ...headers, 'webhook-signature': signed.join(' ') }
}
