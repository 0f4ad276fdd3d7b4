import { ALWAYS } from './always.ts'
import type { ApiRequest, ApiResponse } from './request.ts'
import { queryOf } from './path.ts'
import { header } from './request.ts'

/** What a probe is told. */
export interface Probed {
  /** All that the public is told. */
  readonly word: 'pass' | 'warn' | 'fail'
  /** Everything, for who may read; made only then. */
  readonly report?: () => unknown
  /** The same in the shape of the health+json draft. */
  readonly draft?: () => unknown
}

/** The answer of one word: the same for everybody, made once. */
export interface Word {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** In which shape a probe is answered. */
type Shape = 'json' | 'draft' | 'text'

const RETRY_AFTER = '5'
const TYPES: Readonly<Record<Shape, string>> = {
  json: 'application/json; charset=utf-8',
  draft: 'application/health+json',
  text: 'text/plain; charset=utf-8',
}
const WORDS: Readonly<Record<Shape, Readonly<Record<Probed['word'], Word>>>> = {
  json: words('json'),
  draft: words('draft'),
  text: words('text'),
}

/** The one word, for who asks with this `Accept`. */
export function wordOf(probed: Probed, accept: string | undefined): Word {
  return WORDS[shapeOf(accept)][probed.word]
}

/** Whether more than the one word is asked for: by a key that is shown, or by `?verbose`. */
export function wantsMore(request: Pick<ApiRequest, 'url' | 'headers'>): boolean {
  if (request.headers['authorization'] !== undefined || request.headers['x-api-key'] !== undefined) return true
  const query = queryOf(request.url)
  return query !== '' && /(^|&)(verbose|token)(=|&|$)/.test(query)
}

/** The answer to a probe, `whole` for who may read: the same headers whatever it says. */
export function probeAnswer(
  request: ApiRequest,
  probed: Probed,
  whole: boolean,
  cors: Readonly<Record<string, string>>
): ApiResponse {
  const accept = header(request, 'accept')
  const shape = shapeOf(accept)
  const make = whole && shape !== 'text' ? (shape === 'draft' ? probed.draft : probed.report) : undefined
  const word = WORDS[shape][probed.word]
  const { status, headers, text } = make === undefined ? word : answered(probed.word, shape, JSON.stringify(make()))
  const body = request.method === 'HEAD' ? null : new TextEncoder().encode(text)
  return { status, headers: { ...headers, ...cors }, body }
}

function words(shape: Shape): Record<Probed['word'], Word> {
  const one = (word: Probed['word']): Word =>
    answered(word, shape, shape === 'text' ? word : JSON.stringify({ status: word }))
  return { pass: one('pass'), warn: one('warn'), fail: one('fail') }
}

function answered(word: Probed['word'], shape: Shape, line: string): Word {
  const text = `${line}\n`
  const length = String(new TextEncoder().encode(text).length)
  const headers = { ...ALWAYS, 'content-type': TYPES[shape], 'content-length': length }
  if (word !== 'fail') return { status: 200, headers, text }
  return { status: 503, headers: { ...headers, 'retry-after': RETRY_AFTER }, text }
}

// What is named counts, and of what is wanted alike the draft, which nobody names by chance; wildcards mean JSON.
function shapeOf(accept: string | undefined): Shape {
  if (accept === undefined || accept === '*/*') return 'json'
  const wish = { 'application/health+json': 0, 'application/json': 0, 'text/plain': 0 }
  for (const one of accept.slice(0, 1024).toLowerCase().split(',')) {
    const [type = '', ...more] = one.split(';').map((part) => part.trim())
    const q = more.find((part) => part.startsWith('q='))
    if (Object.hasOwn(wish, type)) wish[type as keyof typeof wish] = q === undefined ? 1 : Number(q.slice(2)) || 0
  }
  const { 'application/health+json': draft, 'application/json': json, 'text/plain': text } = wish
  if (draft > 0 && draft >= json && draft >= text) return 'draft'
  return text > json && text > draft ? 'text' : 'json'
}
