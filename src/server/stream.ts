import type { ServerResponse } from 'node:http'

/** Whether a response whose head is written is an event stream. */
export function isEventStream(response: ServerResponse): boolean {
  return header(response, 'content-type')?.startsWith('text/event-stream') === true
}

/** Whether a length was promised, so that less is too little. */
export function hasLength(response: ServerResponse): boolean {
  return header(response, 'content-length') !== undefined
}

/** A header as it was sent, lower case. `getHeader` does not know what was given to `writeHead` alone. */
function header(response: ServerResponse, name: string): string | undefined {
  const known = response.getHeader(name)
  if (known !== undefined) return String(known).toLowerCase()
  const block = (response as { _header?: unknown })._header
  if (typeof block !== 'string') return undefined
  const text = block.toLowerCase()
  const start = text.indexOf(`\r\n${name}:`)
  if (start < 0) return undefined
  const from = start + name.length + 3
  return text.slice(from, text.indexOf('\r\n', from)).trim()
}
