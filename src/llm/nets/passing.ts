import type { Ending } from '../seen.ts'
import type { Exchange } from './exchange.ts'

/** A stream that passes another on. */
export interface Passage {
  readonly stream: ReadableStream
  /** Lets go of the other one, of which nothing was read. */
  giveBack(): void
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<unknown>

interface Held {
  readonly reader: ReadableStreamDefaultReader
  readonly exchange: Exchange
}

// What Node does for a body that nobody read and nobody can: it is cancelled, so that its connection is not kept.
const forgotten = new FinalizationRegistry<Held>(({ reader, exchange }) => {
  exchange.end('left')
  reader.cancel().catch(() => undefined)
})

/**
 * Passes `body` on as it is pulled, `ahead` bytes before that, and tells the exchange. It is of the same kind: one of
 * bytes stays one of bytes; any other may carry what it likes.
 */
export function passing(
  body: ReadableStream,
  exchange: Exchange,
  ahead: number,
  ending: (error: unknown) => Ending
): Passage {
  const ofBytes = isOfBytes(body)
  const reader = body.getReader()
  const held = { reader, exchange }
  const source = {
    start: (controller: Controller) => follow(reader, controller, exchange, ending),
    pull: (controller: Controller) => pull(held, controller, ending),
    cancel: (reason: unknown) => {
      exchange.end('left')
      forgotten.unregister(held)
      return reader.cancel(reason)
    },
  }
  const stream = ofBytes
    ? new ReadableStream({ ...source, type: 'bytes' }, { highWaterMark: ahead })
    : new ReadableStream(source, { highWaterMark: ahead, size: sizeOf })
  forgotten.register(stream, held, held)
  return {
    stream,
    giveBack() {
      forgotten.unregister(held)
      reader.releaseLock()
    },
  }
}

async function pull(held: Held, controller: Controller, ending: (error: unknown) => Ending): Promise<void> {
  const { reader, exchange } = held
  try {
    for (;;) {
      const { done, value } = (await reader.read()) as { done: boolean; value: unknown }
      if (done) return close(held, controller)
      if (!(value instanceof Uint8Array)) return controller.enqueue(value as never)
      // A stream of bytes takes no empty chunk.
      if (value.byteLength === 0) continue
      exchange.bytes(value)
      return controller.enqueue(value as never)
    }
  } catch (error) {
    exchange.end(ending(error))
    forgotten.unregister(held)
    controller.error(error)
  }
}

function close(held: Held, controller: Controller): void {
  held.exchange.end('whole')
  forgotten.unregister(held)
  controller.close()
  // Whoever waits with a buffer of their own hears of the end only so.
  if ('byobRequest' in controller) controller.byobRequest?.respond(0)
}

// An abort is known at once, not at the next read. The controller is held weakly: it holds the stream, whose being
// forgotten is what `forgotten` waits for.
function follow(
  reader: ReadableStreamDefaultReader,
  controller: Controller,
  exchange: Exchange,
  ending: (error: unknown) => Ending
): void {
  const weak = new WeakRef(controller)
  reader.closed.catch((error: unknown) => {
    exchange.end(ending(error))
    weak.deref()?.error(error)
  })
}

function isOfBytes(body: ReadableStream): boolean {
  try {
    body.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

function sizeOf(chunk: unknown): number {
  return chunk instanceof Uint8Array ? chunk.byteLength : 1
}
