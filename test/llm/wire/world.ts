import { Guard } from '../../../src/guard.ts'
import type { Call, Usage } from '../../../src/llm/call.ts'
import type { Ending } from '../../../src/llm/seen.ts'
import { LlmWatcher, type LlmWatcherOptions } from '../../../src/llm/watcher.ts'

/** An exchange as a net tells it. */
export interface Told {
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Null: no response came. */
  readonly status?: number | null
  readonly type?: string
  readonly answered?: Readonly<Record<string, string>>
  /** Texts are sent as UTF-8; values as JSON. */
  readonly answer?: unknown
  readonly how?: Ending
}

/** What came of watching: calls with what was given as their origin, faults, and a clock that stands. */
export class World {
  readonly calls: Call[] = []
  readonly origins: unknown[] = []
  readonly lines: string[] = []
  time = 1_763_807_400_000
  readonly guard: Guard
  readonly watcher: LlmWatcher

  constructor(options: Partial<LlmWatcherOptions> = {}) {
    const clock = { now: () => this.time, monotonic: () => this.time - 1_763_000_000_000 }
    this.guard = new Guard(clock, (line) => this.lines.push(line))
    this.watcher = new LlmWatcher({
      sink: (call, origin) => {
        this.calls.push(call)
        this.origins.push(origin)
      },
      missed: (url, why) => this.lines.push(`${url}: ${why}`),
      origin: () => 'here',
      clock,
      guard: this.guard,
      ...options,
    })
  }

  /** Tells one exchange in the given pieces; what it counted is in `calls`. */
  tell(told: Told, pieces: (bytes: Uint8Array) => Iterable<Uint8Array> = (bytes) => [bytes]): this {
    const { method = 'POST', url, headers = {}, body, status = 200 } = told
    if (!this.watcher.wants(url)) return this
    const asked = { method, url, header: (name: string) => headers[name], body: sent(body) }
    const watched = this.watcher.watch(asked, this.watcher.origin())
    if (watched === undefined) return this
    const answered: Record<string, string> = { 'content-type': told.type ?? typeOf(told.answer), ...told.answered }
    if (status !== null) watched.head(status, (name) => answered[name])
    for (const piece of pieces(bytesOf(told.answer))) {
      const copy = Uint8Array.from(piece)
      watched.bytes(copy)
      // Bytes are only lent: a net may use them again.
      copy.fill(0x7b)
    }
    watched.end(told.how ?? 'whole')
    watched.end('failed')
    watched.bytes(bytesOf(told.answer))
    return this
  }
}

/** The calls of one exchange. */
export function calls(told: Told, pieces?: (bytes: Uint8Array) => Iterable<Uint8Array>): readonly Call[] {
  return new World().tell(told, pieces).calls
}

/** What one call used, without what is 0 or empty. */
export function used(usage: Usage | null | undefined): Readonly<Record<string, unknown>> | null {
  if (usage === null || usage === undefined) return null
  const counts = Object.entries(usage).filter(([, value]) => typeof value === 'number' && value !== 0)
  const tools = Object.fromEntries(usage.tools)
  const units = Object.fromEntries(usage.units)
  return {
    ...Object.fromEntries(counts),
    ...(usage.tools.size > 0 && { tools }),
    ...(usage.units.size > 0 && { units }),
  }
}

/** Events as OpenAI sends them: data alone, and `[DONE]` at the end. */
export function events(...docs: readonly unknown[]): string {
  return `${docs.map((doc) => `data: ${JSON.stringify(doc)}\n\n`).join('')}data: [DONE]\n\n`
}

/** Events with the name that is in their type, as Anthropic and Responses send them. */
export function named(...docs: readonly { readonly type: string }[]): string {
  return docs.map((doc) => `event: ${doc.type}\ndata: ${JSON.stringify(doc)}\n\n`).join('')
}

export function bytesOf(answer: unknown): Uint8Array {
  if (answer instanceof Uint8Array) return answer
  if (answer === undefined) return new Uint8Array(0)
  return new TextEncoder().encode(typeof answer === 'string' ? answer : JSON.stringify(answer))
}

function typeOf(answer: unknown): string {
  return typeof answer === 'string' && /^(event|data|:)/.test(answer)
    ? 'text/event-stream; charset=utf-8'
    : 'application/json'
}

function sent(body: unknown): string | Uint8Array | undefined {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
}
