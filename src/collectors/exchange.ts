/** How one request went; written by the server hook into one object that is used again and again. */
export interface Exchange {
  status: number
  /** Milliseconds from the request to the end of its response. */
  elapsed: number
  /** Milliseconds until the response began; below 0: it never did. */
  ttfb: number
  /** Bytes on the wire; below 0: not known. */
  requestBytes: number
  responseBytes: number
  /** The client left before the response had ended. */
  aborted: boolean
  /** An event stream: its duration is a lifetime, no latency. */
  stream: boolean
  /** The client left an answer of no promised length: it has its status, but its duration is no latency. */
  cut: boolean
  /** Milliseconds for which it held up the event loop, in turns that were long. */
  blocked?: number
}
