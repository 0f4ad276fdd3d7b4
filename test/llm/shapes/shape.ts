/** One request as a provider sees it. */
export interface Asked {
  readonly method: string
  /** Path without the query and without what asks for trouble. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  /** The text that the model says. */
  readonly text: string
  /** What a gateway says that the call cost. */
  readonly cost: number | undefined
}

/** What a provider answers: one JSON text, or frames of a stream, each sent by itself. */
export interface Reply {
  readonly status?: number
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
  readonly frames: readonly string[]
  /** What the provider sends when it fails in the middle of the stream. */
  readonly trouble?: string
}

/** Text with characters of two, three and four bytes, in the pieces in which a model says it. */
export const TEXT = 'Grüße aus Zürich, 世界 — “naïve” 🌍🚀 \\u0041 "usage":{"prompt_tokens":9} and a last word.'

/** What a model says at once: seven letters; of a very long text, a two-thousandth. */
export function pieces(text: string): string[] {
  const letters = text.length > 20_000 ? text : Array.from(text)
  const size = Math.max(7, Math.ceil(letters.length / 2000))
  const found: string[] = []
  for (let at = 0; at < letters.length; at += size) {
    const piece = letters.slice(at, at + size)
    found.push(typeof piece === 'string' ? piece : piece.join(''))
  }
  return found
}

/** The model that a request names. */
export function modelOf(asked: Asked): string {
  const { model } = asked.body
  return typeof model === 'string' ? model : ''
}

export function json(body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { type: 'application/json', headers, frames: [JSON.stringify(body, null, 2)] }
}

/** `data:` alone, as OpenAI sends it. */
export function data(body: unknown): string {
  return `data: ${JSON.stringify(body)}\n\n`
}

/** With a name in front, as Anthropic and the Responses API send it. */
export function named(event: string, body: object): string {
  return `event: ${event}\ndata: ${JSON.stringify({ type: event, ...body })}\n\n`
}

export function stream(
  frames: readonly string[],
  trouble?: string,
  headers: Readonly<Record<string, string>> = {}
): Reply {
  return { type: 'text/event-stream; charset=utf-8', headers, frames, ...(trouble !== undefined && { trouble }) }
}

/** 2025-11-22T10:30:00Z in seconds. */
export const CREATED = 1_763_807_400
