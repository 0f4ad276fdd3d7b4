import type { Server, ServerResponse } from 'node:http'

/** One tiny app, made anew for each case, with the same routes in each framework. */
export interface TestApp {
  readonly name: string
  /** False: no router, so paths are normalised. */
  readonly routes: boolean
  /** Status of a known path with a method that it has no route for. */
  readonly wrongMethod: number
  /** Status of the malformed path `/%E0%A4%A`. */
  readonly malformed: number
  /** What an OPTIONS request to `/users/42` is answered and counted as. */
  readonly options: { readonly status: number; readonly endpoint: string }
  /** Templates that differ from the usual ones. */
  readonly templates: Readonly<Record<string, string>>
  make(features?: Features): Made | Promise<Made>
}

/** What a case may ask of an app beyond the usual routes. */
export interface Features {
  /** A route of the app's own at `/metrics`. */
  readonly metrics?: boolean
}

/** A running app. */
export interface Made {
  /** What the user gives to `new Metrics`. */
  readonly app: unknown
  /** The server, not listening yet; called once, after Metrics was constructed or before. */
  serve(): Server | Promise<Server>
  stop?(): Promise<void> | void
}

/** How long the routes that wait do so. */
export const PAUSE = 40

export function pause(ms: number = PAUSE): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** An answer that comes in two parts, written on Node's own response. */
export async function streamed(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.write('first ')
  await pause()
  response.end('second')
}

/** An event stream that stays open. */
export function events(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write('data: 1\n\n')
}

/** An answer that promises more than it sends. */
export function promised(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('ten bytes.')
}
