const decoder = new TextDecoder()

/** Bytes that are put together, up to a limit: what is longer is nothing. */
export class Held {
  readonly #limit: number
  #bytes = new Uint8Array(0)
  #length = 0
  #over = false

  constructor(limit: number) {
    this.#limit = limit
  }

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
    this.#over = false
  }

  add(byte: number): void {
    if (this.#room(1)) this.#bytes[this.#length++] = byte
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    if (!this.#room(to - from)) return
    // A subarray for a few bytes costs more than the bytes.
    if (to - from < 32) for (let at = from; at < to; at++) this.#bytes[this.#length++] = bytes[at]!
    else {
      this.#bytes.set(bytes.subarray(from, to), this.#length)
      this.#length += to - from
    }
  }

  /** What is held, as bytes that the next `clear` gives free; undefined where it was too much. */
  bytes(): Uint8Array | undefined {
    return this.#over ? undefined : this.#bytes.subarray(0, this.#length)
  }

  /** What is held, read as JSON; undefined where it is none. */
  json(): unknown {
    if (this.#over) return undefined
    const plain = this.#plain()
    if (plain !== undefined) return plain
    try {
      return JSON.parse(decoder.decode(this.#bytes.subarray(0, this.#length))) as unknown
    } catch {
      return undefined
    }
  }

  /** A short text in ASCII without escapes, as names of models are: a parser takes longer to begin. */
  #plain(): string | undefined {
    const end = this.#length - 1
    if (end > 64 || end < 1 || this.#bytes[0] !== 0x22) return undefined
    let text = ''
    for (let at = 1; at < end; at++) {
      const byte = this.#bytes[at]!
      if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return undefined
      text += String.fromCharCode(byte)
    }
    return text
  }

  #room(more: number): boolean {
    if (this.#over || this.#length + more > this.#limit) {
      this.#over = true
      return false
    }
    if (this.#length + more > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(256, 2 * (this.#length + more)))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    return true
  }
}
