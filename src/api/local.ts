import type { ApiRequest } from './request.ts'
import { header } from './request.ts'

// What a proxy, a tunnel or a CDN leaves in a request. One of them proves that the loopback peer is not the visitor.
const FORWARDED: ReadonlySet<string> = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-original-host',
  'x-remote-ip',
  'x-remote-addr',
  'x-envoy-external-address',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-ray',
  'cf-visitor',
  'cdn-loop',
  'fastly-client-ip',
  'fly-client-ip',
  'fly-forwarded-port',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-arr-log-id',
  'x-amzn-trace-id',
  'x-vercel-id',
  'x-nf-client-connection-ip',
  'x-request-start',
  'x-proxyuser-ip',
  'wl-proxy-client-ip',
  'proxy-client-ip',
  'x-coming-from',
  'x-host',
])

/** True for a request made on this machine, to a name of this machine, with nothing in between that we can see. */
export function isLocal(request: ApiRequest): boolean {
  const host = header(request, 'host')
  if (host === undefined || !isLoopbackPeer(request.peer) || !isLoopbackHost(host)) return false
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(request.url)?.[1]
  if (authority !== undefined && !isLoopbackHost(authority)) return false
  return !Object.keys(request.headers).some(isForwarding)
}

/** True for 127.0.0.0/8, ::1, and the former written as IPv6. */
export function isLoopbackPeer(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '')
  return plain === '::1' || /^127(\.\d{1,3}){3}$/.test(plain)
}

/** True for `localhost`, `*.localhost`, `127.x.x.x` and `[::1]`, with any port: names that DNS cannot point elsewhere. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '')
  if (name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)) return true
  return name.length <= 253 && /^([a-z0-9_-]+\.)*localhost\.?$/.test(name)
}

function isForwarding(name: string): boolean {
  const lower = name.toLowerCase()
  return lower.startsWith('x-forwarded') || FORWARDED.has(lower)
}
