import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ALWAYS } from './always.ts'
import type { ApiRequest, ApiResponse } from './request.ts'
import { header } from './request.ts'

const compress = promisify(gzip)
const WORTH_PACKING = 1024
// Hashing more would hold the event loop for milliseconds, and answers this long are exports and scrapes: never the same twice.
const WORTH_TAGGING = 500_000

/** Adds what HTTP wants around a finished body: ETag, 304, gzip, length; HEAD leaves the body out. */
export async function finish(
  request: ApiRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array
): Promise<ApiResponse> {
  const tagged = status === 200 && body.length < WORTH_TAGGING
  const tag = tagged ? createHash('sha256').update(body).digest('base64url').slice(0, 22) : ''
  const packs = body.length > WORTH_PACKING && accepts(request, 'gzip')
  const etag = `"${tag}${packs ? '-gz' : ''}"`
  const all: Record<string, string> = { ...ALWAYS, ...headers, ...(tagged ? { etag } : {}) }
  if (tagged && isKnown(request, tag)) {
    delete all['content-type']
    return { status: 304, headers: all, body: null }
  }
  const sent = packs ? await compress(body) : body
  if (packs) all['content-encoding'] = 'gzip'
  all['content-length'] = String(sent.length)
  return { status, headers: all, body: request.method === 'HEAD' ? null : sent }
}

/** True where the client holds this very answer, packed or not. */
function isKnown(request: ApiRequest, tag: string): boolean {
  const known = header(request, 'if-none-match')
  if (known === undefined) return false
  return known.split(',').some((one) => {
    const plain = one.trim().replace(/^W\//, '')
    return plain === '*' || plain === `"${tag}"` || plain === `"${tag}-gz"`
  })
}

function accepts(request: ApiRequest, encoding: string): boolean {
  const list = header(request, 'accept-encoding')?.toLowerCase() ?? ''
  const wanted = new Map<string, boolean>()
  for (const one of list.split(',')) {
    const [name = '', ...more] = one.split(';').map((part) => part.trim())
    wanted.set(name, !more.some((part) => /^q=0(\.0*)?$/.test(part)))
  }
  // The star stands for those that are not named.
  return wanted.get(encoding) ?? wanted.get('*') ?? false
}
