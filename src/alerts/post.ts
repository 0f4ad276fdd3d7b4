import { createHash } from 'node:crypto'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { type Notifier, ATTEMPT } from './notifier.ts'
import { refuse } from './refuse.ts'
import type { Outcome } from './retry.ts'

/** What is sent: a body of text and its headers. */
export interface Post {
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** What came back; of the body the first 4 kB. */
export interface Posted {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

const LONGEST_ANSWER = 4_096
const AGAIN: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * Posts once: no redirect is followed, no connection kept, and at most `timeout` ms are waited for all of it. Not by
 * `fetch`, which apps replace.
 */
export async function post({ url, headers, body }: Post, timeout: number = ATTEMPT): Promise<Posted> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const bytes = Buffer.from(body)
  const all = {
    'content-type': 'application/json',
    'user-agent': 'pocketmetrics',
    ...headers,
    'content-length': bytes.length,
  }
  const options: RequestOptions = { method: 'POST', headers: all, agent: false, signal: AbortSignal.timeout(timeout) }
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (answer) => void read(answer).then(resolve, reject))
    sent.on('error', reject)
    sent.end(bytes)
  })
}

/** What was taken is taken, however its answer goes on; of others the body is read no further than it is looked at. */
async function read(answer: IncomingMessage): Promise<Posted> {
  const { statusCode = 0, headers } = answer
  let body = ''
  if (statusCode >= 200 && statusCode < 300) {
    answer.on('error', () => undefined).resume()
    return { status: statusCode, retryAfter: undefined, body }
  }
  for await (const chunk of answer) {
    body += (chunk as Buffer).toString()
    if (body.length >= LONGEST_ANSWER) break
  }
  return { status: statusCode, retryAfter: headers['retry-after'], body: body.slice(0, LONGEST_ANSWER) }
}

/** How a post ended. */
export function outcomeOf({ status, retryAfter }: Posted, now: number): Outcome {
  if (status >= 200 && status < 300) return { ok: true }
  const code = `http_${status}`
  if (status === 410) return { ok: false, code, retry: 'never' }
  const after = waitOf(retryAfter, now)
  const later = AGAIN.has(status) || status >= 500
  return { ok: false, code, retry: later ? 'later' : 'few', ...(later && after !== undefined ? { after } : {}) }
}

/** Ms of a Retry-After: seconds, or a date. */
function waitOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}

/** How an attempt failed of which nothing came back: one word, without any address in it. */
export function outcomeOfError(error: unknown): Outcome {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  const isLate = name === 'TimeoutError' || name === 'AbortError' || code === 'ABORT_ERR'
  const word = typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,48}$/.test(code) ? code : 'failed'
  return { ok: false, code: isLate ? 'timeout' : word, retry: 'later' }
}

/** An http(s) URL; throws `bad_option`, which never shows it: it may hold a secret. */
export function urlOf(option: string, value: unknown): URL {
  const hint = 'Give the whole address, beginning with https://.'
  if (typeof value !== 'string' || value === '') refuse(option, value === undefined ? 'is missing' : 'is no text', hint)
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return refuse(option, 'is no http or https address', hint)
  return url
}

/** What changes when a secret does, and does not tell it. */
export function markOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)
}

/** A notifier that posts what `make` makes of an alert. */
export function posting(
  kind: string,
  url: URL,
  make: (...given: Parameters<Notifier['send']>) => Omit<Post, 'url'>,
  judge: (posted: Posted, now: number) => Outcome = outcomeOf
): Notifier {
  return {
    kind,
    mark: markOf(kind, url.href),
    send: async (alert, now) => {
      try {
        return judge(await post({ url, ...make(alert, now) }), now)
      } catch (error) {
        return outcomeOfError(error)
      }
    },
  }
}
