/** A 64-bit hash of `text` as 16 hex digits: two 32-bit multiplicative lanes, mixed into each other (after cyrb53). */
export function hash(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    b = Math.imul(b ^ unit, 0x5f356495)
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return hex(a >>> 0, b >>> 0)
}

/** Two uint32 halves as 16 hex digits. */
export function hex(hi: number, lo: number): string {
  return hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0')
}

/** The upper and the lower uint32 of 16 hex digits. */
export function halves(id: string): readonly [hi: number, lo: number] {
  return [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)]
}

/** 64-bit ids numbered from 0 in the order in which they came: a hash table without a string or object per look-up. */
export class IdIndex {
  #size = 0
  #mask = 63
  #slots: Int32Array = new Int32Array(64)
  /** Signed: half of the unsigned ones are no small integers for V8. */
  #keys: Int32Array = new Int32Array(64)

  get size(): number {
    return this.#size
  }

  /** The halves of all ids by number: two for each. It is this index's own until the next id is added. */
  get ids(): Uint32Array {
    return new Uint32Array(this.#keys.buffer, 0, 2 * this.#size)
  }

  /** The number of an id, or -1. */
  find(hi: number, lo: number): number {
    return this.#find(hi | 0, lo | 0)
  }

  /** The number of an id, which gets the next one if it is new. */
  add(hi: number, lo: number): number {
    return this.#add(hi | 0, lo | 0)
  }

  /** The numbers of ids, given as halves; `numbers` has room for them. They mostly come in the order of those before. */
  addAll(ids: Uint32Array, numbers: Int32Array): void {
    const halves = new Int32Array(ids.buffer, ids.byteOffset, ids.length)
    let next = 0
    for (let at = 0; at < halves.length; at += 2) {
      const hi = halves[at]!
      const lo = halves[at + 1]!
      const isNext = next < this.#size && this.#keys[2 * next] === hi && this.#keys[2 * next + 1] === lo
      const number = isNext ? next : this.#add(hi, lo)
      numbers[at >> 1] = number
      next = number + 1
    }
  }

  findHex(id: string): number {
    const [hi, lo] = halves(id)
    return this.find(hi, lo)
  }

  addHex(id: string): number {
    const [hi, lo] = halves(id)
    return this.add(hi, lo)
  }

  /** The id with this number, as 16 hex digits. */
  hex(number: number): string {
    return hex(this.#keys[2 * number]! >>> 0, this.#keys[2 * number + 1]! >>> 0)
  }

  #find(hi: number, lo: number): number {
    const slots = this.#slots
    const keys = this.#keys
    for (let at = (hi ^ lo) & this.#mask; ; at = (at + 1) & this.#mask) {
      const number = slots[at]! - 1
      if (number < 0) return -1
      if (keys[2 * number] === hi && keys[2 * number + 1] === lo) return number
    }
  }

  #add(hi: number, lo: number): number {
    const known = this.#find(hi, lo)
    if (known >= 0) return known
    if (2 * (this.#size + 1) > this.#mask) this.#grow()
    this.#keys[2 * this.#size] = hi
    this.#keys[2 * this.#size + 1] = lo
    this.#place(this.#size)
    return this.#size++
  }

  #place(number: number): void {
    let at = (this.#keys[2 * number]! ^ this.#keys[2 * number + 1]!) & this.#mask
    while (this.#slots[at] !== 0) at = (at + 1) & this.#mask
    this.#slots[at] = number + 1
  }

  #grow(): void {
    const keys = new Int32Array(this.#keys.length * 2)
    keys.set(this.#keys)
    this.#keys = keys
    this.#mask = this.#mask * 2 + 1
    this.#slots = new Int32Array(this.#mask + 1)
    for (let number = 0; number < this.#size; number++) this.#place(number)
  }
}
