const FLOAT = new Float64Array(1)
const FLOAT_BYTES = new Uint8Array(FLOAT.buffer)
const LITTLE = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
const ENCODER = new TextEncoder()
const DECODER = new TextDecoder()

const LARGE = 65_536
/** Copied at once: more takes a noticeable part of a turn, most of it for memory that was not used before. */
const PIECE = 262_144

/** A copy, in an array of its own; of many bytes in short turns: `breathe` is asked after each piece. */
export async function copyInSteps(
  bytes: Uint8Array,
  breathe: () => Promise<void> | undefined
): Promise<Uint8Array<ArrayBuffer>> {
  const copy = new Uint8Array(bytes.length)
  for (let at = 0; at < bytes.length; at += PIECE) {
    copy.set(bytes.subarray(at, at + PIECE), at)
    const pause = bytes.length > PIECE ? breathe() : undefined
    if (pause !== undefined) await pause
  }
  return copy
}

/** One array of all pieces; asks for a breath after each that is large. */
export function* joined(pieces: readonly Uint8Array[]): Generator<undefined, Uint8Array> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
    if (piece.length >= LARGE) yield
  }
  return whole
}

/** Writes numbers and strings into a growing byte array. */
export class ByteWriter {
  #bytes: Uint8Array
  #at = 0

  constructor(capacity: number = 1024) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#at
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#at++] = value
  }

  /** A whole number from 0 to 2^53 − 1 in 1 to 8 bytes, seven bits each, lowest first. */
  varint(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8)
    let rest = value
    while (rest > 0x7fffffff) {
      this.#bytes[this.#at++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  /** A whole number of magnitude < 2^52: the sign goes into the lowest bit. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  float(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#grow(8)
    FLOAT[0] = value
    this.#bytes.set(FLOAT_BYTES, this.#at)
    this.#at += 8
  }

  uint32(value: number): void {
    if (this.#at + 4 > this.#bytes.length) this.#grow(4)
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#at++] = (value >>> shift) & 255
  }

  text(value: string): void {
    const bytes = ENCODER.encode(value)
    this.varint(bytes.length)
    this.raw(bytes)
  }

  raw(bytes: Uint8Array): void {
    if (this.#at + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** What was written, in an array of its own; the writer can be used again from the start. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#at)
    this.#at = 0
    return taken
  }

  #grow(by: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + by))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}

/** Reads what a ByteWriter wrote. Past the end it reads zeros, so damaged bytes cannot make it loop or throw. */
export class ByteReader {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number = 0) {
    this.bytes = bytes
    this.at = at
  }

  get ended(): boolean {
    return this.at >= this.bytes.length
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0
  }

  varint(): number {
    const first = this.bytes[this.at++] ?? 0
    return first < 128 ? first : this.#long(first & 127)
  }

  /** Up to four bytes stay small integers for V8: doubles make every reader of a number slower, also of an offset. */
  #long(first: number): number {
    const { bytes } = this
    const second = bytes[this.at++] ?? 0
    if (second < 128) return first | (second << 7)
    const third = bytes[this.at++] ?? 0
    if (third < 128) return first | ((second & 127) << 7) | (third << 14)
    const fourth = bytes[this.at++] ?? 0
    const low = first | ((second & 127) << 7) | ((third & 127) << 14) | ((fourth & 127) << 21)
    return fourth < 128 ? low : low + this.#more()
  }

  #more(): number {
    let value = 0
    for (let scale = 2 ** 28; scale < 2 ** 63; scale *= 128) {
      const byte = this.bytes[this.at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) break
    }
    return value
  }

  signed(): number {
    const value = this.varint()
    if (value <= 0x7fffffff) return (value & 1) === 1 ? -(value >>> 1) - 1 : value >>> 1
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }

  float(): number {
    for (let i = 0; i < 8; i++) FLOAT_BYTES[i] = this.byte()
    return FLOAT[0]!
  }

  uint32(): number {
    const { bytes, at } = this
    this.at += 4
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  }

  /** So many numbers of four bytes, lowest byte first. */
  uint32s(count: number): Uint32Array {
    const numbers = new Uint32Array(count)
    const end = this.at + 4 * count
    if (LITTLE && end <= this.bytes.length) {
      // A box of a day has thousands: one copy takes a tenth of the time of reading them.
      new Uint8Array(numbers.buffer).set(this.bytes.subarray(this.at, end))
      this.at = end
    } else for (let i = 0; i < count; i++) numbers[i] = this.uint32()
    return numbers
  }

  /** So many bytes, not copied. */
  raw(length: number): Uint8Array {
    const found = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return found
  }

  text(): string {
    return DECODER.decode(this.raw(this.varint()))
  }
}
