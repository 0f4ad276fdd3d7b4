import { MetricsError } from '../errors.ts'
import { originOf } from './origin.ts'
import { type ApiRequest, header } from './request.ts'

/** Which methods a route knows, and what others are told. */
export interface Use {
  readonly allow: string
  readonly message: string
  readonly hint: string
}

/** What reading routes answer. */
export const ALLOW = 'GET, HEAD, OPTIONS'

export const READING: Use = {
  allow: ALLOW,
  message: 'Reading is GET only.',
  hint: 'Send GET; filters are query parameters.',
}

/** The routes that change something: POST, for an admin. */
export const WRITES: readonly string[] = ['prune']

export const WRITING: Use = {
  allow: 'POST, OPTIONS',
  message: 'This changes the store: POST only.',
  hint: 'Send POST; parameters are query parameters.',
}

export const FOREIGN: MetricsError = new MetricsError('forbidden', 'A page of another origin asks for this.', {
  hint: 'Send it from a server or a terminal, without an Origin header.',
})

/** True for what a page elsewhere made a browser send: it adds the key it knows, or comes from this very machine. */
export function isForeign(request: ApiRequest): boolean {
  const site = header(request, 'sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = request.headers['origin']
  return origin !== undefined && header(request, 'origin')?.toLowerCase() !== originOf(request)
}
