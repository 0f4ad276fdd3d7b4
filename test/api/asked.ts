import { Api, type ApiParts, type ApiRequest, type ApiResponse } from '../../src/api/api.ts'
import { Access, type AccessOptions } from '../../src/api/access.ts'
import type { Answer, Ask } from '../../src/storage/store.ts'
import { fakeClock, type FakeClock } from '../../src/testing.ts'

/** A request from this machine, as a developer's browser or curl makes it. */
export function asking(url: string, more: Partial<ApiRequest> = {}): ApiRequest {
  const { headers, ...rest } = more
  return {
    method: 'GET',
    url,
    headers: { host: 'localhost:3000', ...headers },
    peer: '127.0.0.1',
    encrypted: false,
    ...rest,
  }
}

/** The same from somewhere else. */
export function fromAfar(url: string, headers: ApiRequest['headers'] = {}): ApiRequest {
  return asking(url, { peer: '203.0.113.9', headers: { host: 'app.example.com', ...headers } })
}

/** An API over a store that answers what `answer` says and remembers what it was asked. */
export function apiWith(parts: Partial<Omit<ApiParts, 'access'>> & { readonly access?: Partial<AccessOptions> } = {}): {
  api: Api
  asks: Ask[]
  clock: FakeClock
} {
  const clock = fakeClock()
  const asks: Ask[] = []
  const { access = {}, answer = () => Promise.resolve(said('{"ok":true}')), ...rest } = parts
  const api = new Api({
    path: '/metrics',
    healthPath: '/health',
    cors: undefined,
    access: new Access({ production: false, ...access }, clock),
    clock,
    flush: () => Promise.resolve(true),
    facts: () => ({}),
    health: () => ({ word: 'pass' }),
    ...rest,
    answer: (ask) => {
      asks.push(ask)
      return answer(ask)
    },
  })
  return { api, asks, clock }
}

/** A finished JSON answer. */
export function said(body: string, headers: Record<string, string> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: new TextEncoder().encode(body),
  }
}

/** The text of a response. */
export async function textOf(response: ApiResponse): Promise<string> {
  const { body } = response
  if (body === null) return ''
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** The JSON of a response. */
export async function jsonOf(response: ApiResponse): Promise<Record<string, unknown>> {
  return JSON.parse(await textOf(response)) as Record<string, unknown>
}
