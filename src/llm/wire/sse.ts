const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a
const DONE: readonly number[] = Array.from('[DONE]', (sign) => sign.charCodeAt(0))
const LONGEST_NAME = 64
const NEW_LINE = Uint8Array.of(LF)

/** Who is told of the events of a stream. */
export interface EventSink {
  /** A part of the data of an event; lines of one event are parted by a line feed. */
  part(bytes: Uint8Array, from: number, to: number): void
  /** An event is over; `name` is '' where it has none, `done` is true for `data: [DONE]`. */
  event(name: string, done: boolean): void
}

/**
 * Reads server-sent events (WHATWG HTML 9.2.6) that come in pieces of any size, with any kind of line ends, and holds
 * nothing of their data.
 */
export class EventStream {
  readonly #sink: EventSink
  #field = ''
  #value = ''
  #lines = 0
  #place: 'field' | 'space' | 'value' = 'field'
  #afterCr = false
  #name = ''
  /** Bytes of data, and how many of them are those of `[DONE]`. */
  #length = 0
  #matched = 0
  /** Where the line ends that is read, in the bytes at hand. */
  #lf = -1
  #cr = -1

  constructor(sink: EventSink) {
    this.#sink = sink
  }

  /** Reads on. */
  feed(bytes: Uint8Array): void {
    let at = 0
    this.#lf = -1
    this.#cr = -1
    while (at < bytes.length) at = this.#step(bytes, at)
  }

  /** The stream is over: an event that no empty line ended counts, as all clients have it. */
  end(): void {
    if (this.#place !== 'field' || this.#field !== '') this.#lineEnded()
    this.#dispatch()
  }

  #step(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!
    const second = this.#afterCr && byte === LF
    this.#afterCr = byte === CR
    if (second) return at + 1
    if (byte === LF || byte === CR) return (this.#lineEnded(), at + 1)
    if (this.#place === 'field') return this.#readField(byte, at)
    if (this.#place === 'space') {
      this.#place = 'value'
      if (this.#field === 'data' && this.#lines++ > 0) this.#sink.part(NEW_LINE, 0, 1)
      if (byte === SPACE) return at + 1
    }
    return this.#readValue(bytes, at)
  }

  #readField(byte: number, at: number): number {
    if (byte === COLON) this.#place = 'space'
    // A byte order mark is three bytes above ASCII, at the very beginning.
    else if (byte < 0x80 && this.#field.length < LONGEST_NAME) this.#field += String.fromCharCode(byte)
    return at + 1
  }

  #readValue(bytes: Uint8Array, from: number): number {
    const to = this.#lineEnd(bytes, from)
    if (this.#field === 'data') this.#readData(bytes, from, to)
    else if (this.#field === 'event')
      this.#value += latin(bytes, from, Math.min(to, from + LONGEST_NAME - this.#value.length))
    return to
  }

  #readData(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to && this.#matched === this.#length && this.#matched < DONE.length; at++) {
      if (bytes[at] === DONE[this.#matched]) this.#matched++
      this.#length++
    }
    this.#sink.part(bytes, from, to)
  }

  /** Each line feed is looked for once, and no further than to where it is. */
  #lineEnd(bytes: Uint8Array, from: number): number {
    if (this.#lf < from) this.#lf = found(bytes.indexOf(LF, from), bytes)
    if (this.#cr < from) this.#cr = found(bytes.indexOf(CR, from), bytes)
    return Math.min(this.#lf, this.#cr)
  }

  #lineEnded(): void {
    if (this.#place === 'field' && this.#field === '') this.#dispatch()
    else if (this.#field === 'event') this.#name = this.#value
    this.#field = ''
    this.#value = ''
    this.#place = 'field'
  }

  #dispatch(): void {
    if (this.#lines > 0 || this.#name !== '') {
      const done = this.#matched === DONE.length
      this.#sink.event(this.#name, done)
    }
    this.#name = ''
    this.#length = 0
    this.#matched = 0
    this.#lines = 0
  }
}

function found(at: number, bytes: Uint8Array): number {
  return at < 0 ? bytes.length : at
}

function latin(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!)
  return text
}
