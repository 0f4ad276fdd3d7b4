import type { ApiRequest, ApiResponse } from './request.ts'
import { queryOf } from './path.ts'
import { header } from './request.ts'
import { ALWAYS } from './transport.ts'

/** What a probe is told. */
export interface Probed {
  readonly status: number
  /** The one public word: `pass`, `warn` or `fail`. */
  readonly word: string
  /** Everything, for who may read; made only then. */
  readonly report?: () => unknown
  /** The same in the shape of the health+json draft. */
  readonly draft?: () => unknown
}

const RETRY_AFTER = '5'
const DRAFT = 'application/health+json'

/** Whether more than the one word is asked for: by a key that is shown, or by `?verbose`. */
export function wantsMore(request: ApiRequest): boolean {
  if (request.headers.authorization !== undefined || request.headers['x-api-key'] !== undefined) return true
  const query = queryOf(request.url)
  return query !== '' && /(^|&)(verbose|token)(=|&|$)/.test(query)
}

/** The answer to a probe. Made without waiting for anything; the same headers whatever it says. */
export function probeAnswer(
  request: ApiRequest,
  probed: Probed,
  whole: boolean,
  cors: Readonly<Record<string, string>>
): ApiResponse {
  const accept = (header(request, 'accept') ?? '').slice(0, 1024).toLowerCase()
  const { type, text } = written(probed, whole, accept)
  const body = new TextEncoder().encode(`${text}\n`)
  const headers: Record<string, string> = {
    ...ALWAYS,
    'content-type': type,
    'content-length': String(body.length),
    ...cors,
  }
  if (probed.status === 503) headers['retry-after'] = RETRY_AFTER
  return { status: probed.status, headers, body: request.method === 'HEAD' ? null : body }
}

function written(probed: Probed, whole: boolean, accept: string): { type: string; text: string } {
  const { word, report, draft } = probed
  const asDraft = accept.includes(DRAFT)
  if (!asDraft && accept.includes('text/plain') && !accept.includes('json')) {
    return { type: 'text/plain; charset=utf-8', text: word }
  }
  const make = whole ? (asDraft ? draft : report) : undefined
  const type = asDraft ? DRAFT : 'application/json; charset=utf-8'
  return { type, text: JSON.stringify(make === undefined ? { status: word } : make()) }
}
