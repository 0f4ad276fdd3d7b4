import type { Ending } from '../seen.ts'
import { type Decoder, decoderOf } from './decode.ts'
import type { Exchange } from './exchange.ts'

/** What of a request's body is kept for its few fields, which stand before and after its texts. */
const HEAD = 256 * 1024
const TAIL = 16 * 1024

/** A response as it comes off the wire, decoded for its exchange. */
export class RawResponse {
  readonly exchange: Exchange
  #decoder: Decoder | undefined
  #over = false

  constructor(exchange: Exchange) {
    this.exchange = exchange
  }

  /** Whether its head has come. */
  get begun(): boolean {
    return this.#decoder !== undefined
  }

  head(status: number, header: (name: string) => string | undefined): void {
    if (this.#over || this.begun) return
    // What it leads to is asked for in a request of its own.
    if (status >= 300 && status < 400 && header('location') !== undefined) this.exchange.drop()
    this.exchange.head(status, header)
    const encoding = header('content-encoding')
    this.#decoder = decoderOf(
      encoding,
      (chunk) => this.exchange.bytes(chunk),
      (why) => this.exchange.lose(`the response could not be decoded: ${why}`)
    )
    if (this.#decoder === undefined) this.exchange.lose(`nothing here decodes ${encoding}`)
  }

  bytes(chunk: unknown): void {
    if (!this.#over && chunk instanceof Uint8Array) this.#decoder?.write(chunk)
  }

  /** It is over, one way or the other; the second time does nothing. */
  end(how: Ending): void {
    if (this.#over) return
    this.#over = true
    if (this.#decoder === undefined) this.exchange.end(how)
    else this.#decoder.end(() => this.exchange.end(how))
  }
}

/** The body of a request while it leaves: of a long one the beginning and the end. */
export class Sent {
  #head: Uint8Array = new Uint8Array(0)
  #tail: Uint8Array = new Uint8Array(0)

  add(piece: unknown, encoding?: unknown): void {
    const bytes = typeof piece === 'string' ? Buffer.from(piece, encodingOf(encoding)) : piece
    if (!(bytes instanceof Uint8Array) || bytes.byteLength === 0) return
    const room = HEAD - this.#head.byteLength
    if (room > 0) this.#head = Buffer.concat([this.#head, bytes.subarray(0, room)])
    if (bytes.byteLength > room) this.#tail = Buffer.concat([this.#tail, bytes.subarray(room)]).subarray(-TAIL)
  }

  get body(): Uint8Array | undefined {
    if (this.#head.byteLength === 0) return undefined
    return this.#tail.byteLength === 0 ? this.#head : Buffer.concat([this.#head, this.#tail])
  }
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
