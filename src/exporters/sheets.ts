import { joined } from '../core/bytes.ts'

const SHEET = 262_144
const ZERO = 48

/** Text as bytes, on sheets: nothing is copied while it grows, and no string is as long as the text. */
export class Sheets {
  readonly #full: Uint8Array[] = []
  #sheet: Buffer = Buffer.allocUnsafeSlow(0)
  #at = 0

  /** Where the next byte goes, on a sheet that has room for so many more. */
  room(bytes: number): number {
    if (this.#at + bytes > this.#sheet.length) {
      this.#turnOver()
      this.#sheet = Buffer.allocUnsafeSlow(Math.max(SHEET, bytes))
    }
    return this.#at
  }

  text(text: string): void {
    const at = this.room(3 * text.length)
    this.#at = at + this.#sheet.write(text, at)
  }

  /** What stands on this sheet from `from` to `to` once more; there must be room. */
  again(from: number, to: number): void {
    this.#sheet.copyWithin(this.#at, from, to)
    this.#at += to - from
  }

  /** Short bytes; there must be room. */
  bytes(bytes: Uint8Array): void {
    const sheet = this.#sheet
    let at = this.#at
    for (let i = 0; i < bytes.length; i++) sheet[at++] = bytes[i]!
    this.#at = at
  }

  /** A count as String() writes it; there must be room for 24 bytes. */
  count(value: number): void {
    if (!(value >= 0 && value < 1e9 && Number.isInteger(value))) return this.text(String(value))
    let digits = 1
    for (let limit = 10; value >= limit; limit *= 10) digits++
    let at = this.#at + digits
    this.#at = at
    for (let rest = value; digits > 0; digits--) {
      const tenth = Math.floor(rest / 10)
      this.#sheet[--at] = ZERO + rest - 10 * tenth
      rest = tenth
    }
  }

  /** All of it in one array, and the sheets are empty again; asks for a breath now and then. */
  *take(): Generator<undefined, Uint8Array> {
    this.#turnOver()
    this.#sheet = Buffer.allocUnsafeSlow(0)
    return yield* joined(this.#full.splice(0))
  }

  #turnOver(): void {
    if (this.#at > 0) this.#full.push(this.#sheet.subarray(0, this.#at))
    this.#at = 0
  }
}
