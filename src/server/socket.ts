import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const WIRE: unique symbol = Symbol.for('pocketmetrics.wire') as never

/** What of a connection's bytes is counted already, and the responses that wait for their turn on it. */
interface Wire {
  read: number
  written: number
  waiting: Set<ServerResponse> | undefined
}

type Wired = Socket & { [WIRE]?: Wire; _bytesDispatched?: number }

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

/** A request has begun on a connection; `lost` is called if the connection goes before its response had its turn. */
export function joined(
  socket: Wired | null | undefined,
  response: ServerResponse,
  lost: (response: ServerResponse) => void
): void {
  if (socket === null || socket === undefined) return
  const wire = socket[WIRE] ?? begun(socket)
  if (response.socket === null) queue(wire, socket, response, lost)
}

/** A response is over: it waits no longer. */
export function left(socket: Wired | null | undefined, response: ServerResponse): void {
  socket?.[WIRE]?.waiting?.delete(response)
}

function begun(socket: Wired): Wire {
  const written = socket._bytesDispatched ?? socket.bytesWritten ?? 0
  // Nothing sent yet: the first request, all that was read is its own. Else we came later than it.
  const wire = { read: written > 0 ? (socket.bytesRead ?? 0) : 0, written, waiting: undefined }
  Object.defineProperty(socket, WIRE, { value: wire })
  return wire
}

// A pipelined response that waits for the ones before it is not told when its connection is lost: it gets no `close`.
function queue(wire: Wire, socket: Socket, response: ServerResponse, lost: (response: ServerResponse) => void): void {
  if (wire.waiting === undefined) {
    const waiting = new Set<ServerResponse>()
    wire.waiting = waiting
    socket.once('close', () => {
      for (const one of waiting) lost(one)
      waiting.clear()
    })
  }
  wire.waiting.add(response)
}
