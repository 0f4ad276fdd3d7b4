import type { ApiRequest } from './request.ts'
import { told } from '../core/told.ts'
import { MetricsError } from '../errors.ts'
import { header } from './request.ts'

/** Checks the option `cors`: exact origins. Throws `bad_option`. */
export function readOrigins(option: string | readonly string[] | undefined): ReadonlySet<string> {
  const list: readonly unknown[] = option === undefined ? [] : typeof option === 'string' ? [option] : option
  if (!Array.isArray(list)) throw bad(option)
  return new Set(list.map((origin) => (isOrigin(origin) ? origin : reject(origin))))
}

function isOrigin(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  return new URL(value).origin === value
}

function reject(origin: unknown): never {
  throw bad(origin)
}

function bad(origin: unknown): MetricsError {
  const hint = "List exact origins, such as ['https://admin.example.com']: scheme, host, port, no path and no *."
  return new MetricsError('bad_option', `Option \`cors\` has ${told(origin)}, which is no origin. ${hint}`, {
    parameter: 'cors',
    hint,
  })
}

/** The headers that let a page of an allowed origin read the answer; none for everybody else. */
export function corsHeaders(request: ApiRequest, origins: ReadonlySet<string>): Record<string, string> {
  const origin = header(request, 'origin')
  if (origin === undefined || !origins.has(origin)) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'ETag, Link, X-Total-Count, Retry-After',
  }
}

/** What a preflight adds for an allowed origin. */
export const PREFLIGHT: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'Authorization, X-API-Key, If-None-Match',
  'access-control-max-age': '600',
}
