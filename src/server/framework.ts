import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiResponse } from '../api/request.ts'
import type { Context } from './target.ts'

/** What a framework's file can ask and say while its app runs. */
export interface Seen {
  /** The app has begun to handle a request: it is ours to count. True: it was for us, and is being answered. */
  handled(request: IncomingMessage, response: ServerResponse): boolean
  /** The request whose `request` event is being emitted, if it is this app's to claim. */
  current(): Context | undefined
  /** Runs `work` with the context of a response as the current one. */
  within<T>(response: unknown, work: () => T): T
  /** Whether a request that this app has claimed is for us; then it is not counted, and `respond` has the answer. */
  answers(context: Context, url: string): boolean
  respond(request: IncomingMessage): Promise<ApiResponse>
  fault(error: unknown): void
}

/** What only a framework knows: which servers are its app's, and which route a request took. */
export interface Framework {
  /** Whether it asks for the `current` request. */
  readonly asks: boolean
  /** False: there is no router, a path is all there is. */
  readonly routes: boolean
  /** Whether a server is this app's, as far as one can tell without a request. */
  owns(server: object): boolean
  /** Starts to follow the app's requests; gives the way to stop. */
  follow(seen: Seen): () => void
  /** The template of the route that a request took. */
  route(context: Context, request: IncomingMessage): string | undefined
  /** Where no route was taken: the part of the app that answered, as `/static/*`. */
  area(context: Context, request: IncomingMessage): string | undefined
  /** Whether the app has a route of its own for this path; one that takes any first segment does not count. */
  has(path: string): boolean
}

/** No framework that we know: every server that nobody else claims, paths only. */
export const NO_FRAMEWORK: Framework = {
  asks: false,
  routes: false,
  owns: () => false,
  follow: () => () => undefined,
  route: () => undefined,
  area: () => undefined,
  has: () => false,
}
