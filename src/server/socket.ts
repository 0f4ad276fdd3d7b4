import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const WIRE: unique symbol = Symbol.for('pocketmetrics.wire') as never

/** What of a connection's bytes is counted already, and the responses that are not over and that Node does not tell of. */
interface Wire {
  read: number
  written: number
  current: ServerResponse | undefined
  /** Those that are to be sent after it. */
  waiting: Set<ServerResponse> | undefined
}

type Wired = Socket & { [WIRE]?: Wire; _bytesDispatched?: number; _httpMessage?: ServerResponse | null }

/** Bytes received and sent for the request that has just ended on a connection; below 0 where sockets do not say. */
export function wireBytes(
  socket: Wired | null | undefined,
  into: { requestBytes: number; responseBytes: number }
): void {
  into.requestBytes = -1
  into.responseBytes = -1
  const wire = socket?.[WIRE]
  if (socket === null || socket === undefined || wire === undefined) return
  const read = socket.bytesRead
  // What the handle has taken: `bytesWritten` walks and copies the queue, only to add what is still in it.
  const written = socket._bytesDispatched ?? socket.bytesWritten
  if (typeof read === 'number') {
    into.requestBytes = Math.max(0, read - wire.read)
    wire.read = read
  }
  if (typeof written === 'number') {
    into.responseBytes = Math.max(0, written - wire.written)
    wire.written = written
  }
}

/**
 * A request has begun on a connection. `end` is called when the connection goes; false: it is none of a server's own,
 * which says nothing of its end.
 */
export function joined(
  socket: Wired | null | undefined,
  response: ServerResponse,
  end: (response: ServerResponse) => void
): boolean {
  if (socket === null || socket === undefined) return false
  if (response.socket === socket) {
    const wire = socket[WIRE] ?? begun(socket, end)
    // Node keeps the response that has the connection; another reference to each is not for nothing.
    wire.current = socket._httpMessage === response ? undefined : response
    return true
  }
  // A pipelined response gets the connection when those before it are through.
  const wire = socket[WIRE]
  if (wire === undefined || response.socket !== null) return false
  wire.waiting ??= new Set()
  wire.waiting.add(response)
  return true
}

/** A response is over. */
export function left(socket: Wired | null | undefined, response: ServerResponse): void {
  const wire = socket?.[WIRE]
  if (wire === undefined) return
  if (wire.current === response) wire.current = undefined
  wire.waiting?.delete(response)
}

function begun(socket: Wired, end: (response: ServerResponse) => void): Wire {
  const written = socket._bytesDispatched ?? socket.bytesWritten ?? 0
  // Nothing sent yet: the first request, all that was read is its own. Else we came later than it.
  const read = written > 0 ? (socket.bytesRead ?? 0) : 0
  const wire: Wire = { read, written, current: undefined, waiting: undefined }
  Object.defineProperty(socket, WIRE, { value: wire })
  // One listener for all responses: one for each is a tenth of what a request takes.
  socket.on('close', () => {
    const lost = [socket._httpMessage, wire.current, ...(wire.waiting ?? [])]
    for (const response of lost) if (response !== undefined && response !== null) end(response)
  })
  return wire
}
