/** What is known of a request when it leaves; `header` answers undefined for what is not there. */
export interface Asked {
  readonly method: string
  /** Absolute, as it was asked for. */
  readonly url: string
  header(name: string): string | undefined
  /**
   * The body as far as it is at hand (text or bytes, not a stream); undefined where it is not. Below `fetch` it becomes
   * known while the request leaves: what is undefined at first is worth another look when the response begins.
   */
  readonly body: string | Uint8Array | undefined
}

/** How a response ended: whole; the app took no more of it; the connection broke or the app aborted it. */
export type Ending = 'whole' | 'left' | 'aborted' | 'failed'

/** One exchange while it is watched. None of these throws, and all after `end` do nothing. */
export interface Watched {
  /** The response has begun. */
  head(status: number, header: (name: string) => string | undefined): void
  /** Some of its body, decoded (no gzip, no chunks). The bytes are only read during the call. */
  bytes(chunk: Uint8Array): void
  end(how: Ending): void
}

/** Who is asked about each request that may be a call of a model. */
export interface Watcher {
  /** Whether the URL may be one: a string check, cheap enough for every request of the app. Paid APIs count too. */
  wants(url: string): boolean
  /**
   * Begins to watch; undefined: it is none after all. `origin` is what `Origins.current()` gave when the app asked. It
   * may be that nothing follows, where another net tells the same exchange, or `missed` does: only `end` makes a call.
   */
  watch(asked: Asked, origin: unknown): Watched | undefined
  /** Seen, but nothing of the body can be: counted as untracked, with a hint. */
  missed(url: string, why: string): void
  /** What is remembered of who calls: read when the app asks, handed to `watch`. */
  origin(): unknown
}
