/** A request as every server bridge can give it; header names are lower case. */
export interface ApiRequest {
  readonly method: string
  /** As it came: origin form or absolute form, with its query. */
  readonly url: string
  /** A list where a header came more than once. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Address of the other end of the socket; '' when there is none. */
  readonly peer: string
  /** True over TLS of our own. */
  readonly encrypted: boolean
  /** What the framework or Node gave, for `authorize`: it may know sessions. */
  readonly raw?: unknown
}

/** What goes back: bytes, or for a long export pieces that are made when the client has taken the one before. */
export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null
}

/** The value of a header that came exactly once; two of a kind are nobody's. */
export function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name]
  if (value === undefined || typeof value === 'string') return value
  return value.length === 1 ? value[0] : undefined
}
