import type { ApiRequest } from './request.ts'
import { header } from './request.ts'

/**
 * Scheme and host as the client sees them, for links in answers; '' when they cannot be told, so links are relative.
 * A proxy's word is taken here because nothing but the asker's own answer depends on it.
 */
export function originOf(request: ApiRequest): string {
  const host = first(request, 'x-forwarded-host') ?? header(request, 'host')
  if (host === undefined || !/^([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(:\d{1,5})?$/i.test(host)) return ''
  const scheme = first(request, 'x-forwarded-proto')?.toLowerCase()
  const known = scheme === 'https' || scheme === 'http' ? scheme : request.encrypted ? 'https' : 'http'
  return `${known}://${host.toLowerCase()}`
}

function first(request: ApiRequest, name: string): string | undefined {
  return header(request, name)?.split(',')[0]?.trim()
}
