import type { Api } from './api.ts'

/** What a web-standard server knows beside the request. */
export interface Peer {
  /** Address of the other end; unknown, nobody counts as being on this machine. */
  readonly address?: string
}

/** Answers a web-standard request: for apps that mount our routes themselves, and servers that are not `node:http`. */
export async function respondTo(api: Pick<Api, 'respond'>, request: Request, peer: Peer): Promise<Response> {
  const { method, url } = request
  // Servers make the URL of the Host header, and some leave that out.
  const headers = { host: new URL(url).host, ...Object.fromEntries(request.headers) }
  const encrypted = url.startsWith('https:')
  const answer = await api.respond({ method, url, headers, peer: peer.address ?? '', encrypted, raw: request })
  const { status, body } = answer
  const piped = body === null || body instanceof Uint8Array ? body : ReadableStream.from(body)
  return new Response(piped as ReadableStream | null, { status, headers: answer.headers })
}
