import type { Ending } from '../seen.ts'
import { type Decoder, decoderOf } from './decode.ts'
import type { Exchange } from './exchange.ts'

/** The request's body, as far as it is kept for its few fields. */
const SENT = 1024 * 1024

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

/** The body of a request while it leaves: what of it is known so far, or undefined when it is too long. */
export class Sent {
  #pieces: Uint8Array[] = []
  #length = 0

  add(piece: unknown, encoding?: unknown): void {
    if (this.#length > SENT) return
    const bytes = typeof piece === 'string' ? Buffer.from(piece, encodingOf(encoding)) : piece
    if (!(bytes instanceof Uint8Array)) return
    this.#length += bytes.byteLength
    // The app may use its buffer again.
    if (this.#length <= SENT) this.#pieces.push(new Uint8Array(bytes))
    else this.#pieces = []
  }

  get body(): Uint8Array | undefined {
    if (this.#pieces.length === 0) return undefined
    if (this.#pieces.length > 1) this.#pieces = [Buffer.concat(this.#pieces)]
    return this.#pieces[0]
  }
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
