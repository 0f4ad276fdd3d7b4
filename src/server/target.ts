import type { IncomingMessage, ServerResponse } from 'node:http'

/** Where the context of a request is kept: on its response, shared by all copies of this package. */
export const CONTEXT: unique symbol = Symbol.for('pocketmetrics.context') as never

/** The first byte has not been sent; it went with the last one. Any other `first` is a moment of the monotonic clock. */
export const UNSENT = -1
export const WITH_LAST = -2

/** Keeps the context of a request for everything that it sets off, however much later: an AsyncLocalStorage. */
export interface Contexts {
  getStore(): unknown
  run<T>(context: Context, work: () => T): T
  enterWith(context: Context): void
}

/** What is known of a request; it may outlive it, so it holds the response only until that is over. */
export class Context {
  /** Whose request it is; undefined until an app claims it. */
  target: Target | undefined = undefined
  /** The app of `target` itself has seen it, so no other app can claim it. */
  sure = false
  /** The server that it came to. */
  readonly server: object
  /** Milliseconds of the monotonic clock. */
  readonly start: number
  /** When the response began, UNSENT or WITH_LAST. */
  first: number = UNSENT
  /** The response is an event stream. */
  stream = false
  done = false
  /** What the framework has left for itself to find the route at the end. */
  route: unknown = undefined
  /** What was thrown while the app handled the request, if the framework tells. */
  error: unknown = undefined
  /** While it is not over, for those who want to know the endpoint before. */
  response: ServerResponse | undefined = undefined
  /** Milliseconds for which it has held up the event loop, in turns that were long. */
  blocked = 0
  /** Its endpoint as it was counted. */
  counted: string | undefined = undefined

  constructor(server: object, start: number) {
    this.server = server
    this.start = start
  }

  /** Who counts it. */
  get owner(): object | undefined {
    return this.target?.owner
  }

  /** True while its endpoint may still be another one at its end: it goes on, and no router has named it. */
  get open(): boolean {
    const { response } = this
    if (this.counted !== undefined || response === undefined) return false
    return this.target?.routed?.(this, response.req) !== true
  }

  /** Its endpoint, as far as that is known by now; undefined: nobody's, or not counted. */
  get endpoint(): string | undefined {
    if (this.counted !== undefined || this.response === undefined) return this.counted
    return this.target?.endpoint(this, this.response.req, this.response)
  }
}

/** A response that may carry a context. */
export type Carrier = ServerResponse & { [CONTEXT]?: Context }

/** A request that may carry one: only where `contexts` are kept. */
export type Carried = IncomingMessage & { [CONTEXT]?: Context }

/** The context of a response, if we have seen its request begin. */
export function contextOf(response: unknown): Context | undefined {
  return (response as Carrier | null | undefined)?.[CONTEXT]
}

/**
 * One Metrics instance as the hook sees it. Copies of this package share one hook, so this is a protocol: a change of
 * it needs another name in hub.ts.
 */
export interface Target {
  /** What the instance was constructed with; two with the same app are the same, the newer one holds. */
  readonly app: unknown
  /** Counts on every server that no other target claims. */
  readonly everywhere: boolean
  /** Its app is about to go: responses close their connections. */
  readonly draining: boolean
  /** What its requests are counted by: tells whose the calls are that they set off. */
  readonly owner: object
  /** Where contexts are to be kept for what requests set off; undefined: it is not wanted. */
  readonly contexts: Contexts | undefined
  /** False: its framework never asks which request is being emitted. */
  readonly asks?: boolean
  /** Whether a server is this app's, as far as one can tell without a request. */
  owns(server: object): boolean
  /** Whether we answer this request ourselves. */
  serves(url: string | undefined): boolean
  serve(request: IncomingMessage, response: ServerResponse): void
  began(context: Context): void
  /** What began here is another target's, or is not to be counted. */
  left(context: Context): void
  streamOpened(context: Context): void
  /** What it does in this turn of the event loop is done; absent: nobody wants to know. */
  readonly turned?: ((context: Context, now: number) => void) | undefined
  ended(context: Context, request: IncomingMessage, response: ServerResponse): void
  /** The endpoint of a request that goes on; undefined where it is not counted. */
  endpoint(context: Context, request: IncomingMessage, response: ServerResponse): string | undefined
  /** Whether a router, or the user, has named the endpoint of a request that goes on. */
  routed?(context: Context, request: IncomingMessage): boolean
  fault(error: unknown): void
  /** Stops; called when a newer instance takes the app over. */
  detach(): void
}
