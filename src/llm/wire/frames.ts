import { crc32 } from 'node:zlib'

const PRELUDE = 12
/** The format's own limits: 16 MB of payload, 128 KB of headers. */
const LONGEST_FRAME = 16 * 1024 * 1024 + 131_072 + 16
const LONGEST_HEADERS = 131_072
const STRING = 7
/** How many bytes the value of a header takes by its type; types 6 and 7 say it themselves. */
const WIDTHS: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 }
const decoder = new TextDecoder()

/** Who is told of the frames of a stream. */
export interface FrameSink {
  /** A frame begins; its headers of type string, such as `:event-type`. */
  frame(headers: ReadonlyMap<string, string>): void
  /** A part of the payload of the frame. */
  part(bytes: Uint8Array, from: number, to: number): void
  frameEnded(): void
}

/** Reads `application/vnd.amazon.eventstream` that comes in pieces of any size; holds the headers of one frame. */
export class FrameStream {
  readonly #sink: FrameSink
  #head = new Uint8Array(PRELUDE)
  #headLength = 0
  /** What is still to come of the payload, and after it of the checksum. */
  #payload = 0
  #sum = 0
  #broken = false

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** Reads on; after bytes that are no frame nothing is read any more. */
  feed(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.#broken) {
      if (this.#payload > 0) at = this.#readPayload(bytes, at)
      else if (this.#sum > 0) at = this.#readSum(bytes, at)
      else at = this.#readHead(bytes, at)
    }
  }

  #readHead(bytes: Uint8Array, from: number): number {
    const to = Math.min(bytes.length, from + this.#head.length - this.#headLength)
    this.#head.set(bytes.subarray(from, to), this.#headLength)
    this.#headLength += to - from
    if (this.#headLength === PRELUDE && this.#head.length === PRELUDE) this.#readPrelude()
    if (this.#headLength === this.#head.length && !this.#broken) this.#begin()
    return to
  }

  #readPrelude(): void {
    const view = new DataView(this.#head.buffer)
    const [total, headers] = [view.getUint32(0), view.getUint32(4)]
    const fits = headers <= LONGEST_HEADERS && total <= LONGEST_FRAME && total >= PRELUDE + headers + 4
    if (!fits || crc32(this.#head.subarray(0, 8)) !== view.getUint32(8)) {
      this.#broken = true
      return
    }
    this.#payload = 0
    const grown = new Uint8Array(PRELUDE + headers)
    grown.set(this.#head)
    this.#head = grown
  }

  #begin(): void {
    const view = new DataView(this.#head.buffer)
    this.#sink.frame(readHeaders(this.#head))
    this.#payload = view.getUint32(0) - this.#head.length - 4
    this.#sum = 4
    this.#head = new Uint8Array(PRELUDE)
    this.#headLength = 0
    if (this.#payload === 0) this.#sink.frameEnded()
  }

  #readPayload(bytes: Uint8Array, from: number): number {
    const to = Math.min(bytes.length, from + this.#payload)
    this.#payload -= to - from
    this.#sink.part(bytes, from, to)
    if (this.#payload === 0) this.#sink.frameEnded()
    return to
  }

  // The checksum of the frame is the client's matter: what it refuses ends as an error of the app's.
  #readSum(bytes: Uint8Array, from: number): number {
    const to = Math.min(bytes.length, from + this.#sum)
    this.#sum -= to - from
    return to
  }
}

function readHeaders(head: Uint8Array): Map<string, string> {
  const found = new Map<string, string>()
  const view = new DataView(head.buffer)
  let at = PRELUDE
  while (at < head.length) {
    const name = decoder.decode(head.subarray(at + 1, at + 1 + head[at]!))
    at += 1 + head[at]!
    const type = head[at++]
    if (type === undefined || at > head.length) break
    const long = type === STRING || type === 6
    if (long && at + 2 > head.length) break
    const width = long ? view.getUint16(at) : WIDTHS[type]
    if (width === undefined) break
    if (long) at += 2
    if (type === STRING) found.set(name, decoder.decode(head.subarray(at, at + width)))
    at += width
  }
  return found
}
