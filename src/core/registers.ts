import type { ByteReader, ByteWriter } from './bytes.ts'

/** The first 14 bits of a hash choose one of 16,384 registers: a standard error of 1.04/√16384 = 0.81 %. */
export const PRECISION = 14

const COUNT = 1 << PRECISION
/** Bits of a hash behind those that choose the register, and so, plus one, the largest value. */
const REST = 64 - PRECISION
const LARGEST = REST + 1
/** Half a byte holds a value above the base; this one says that it is larger, and listed behind. */
const BEYOND = 15
const HIGHEST_BASE = LARGEST - BEYOND
const ALPHA = 0.5 / Math.LN2
/** How many registers have each value: used again by each estimate. */
const counts = new Uint32Array(LARGEST + 1)

/** The dense form of a sketch: for each register the longest run of leading zeros that a hash had there, plus one. */
export class Registers {
  readonly #values = new Uint8Array(COUNT)

  /** Takes in a 64-bit hash, as its two halves. */
  add(hi: number, lo: number): void {
    this.raise(hi >>> (32 - PRECISION), leading(hi << PRECISION, lo) + 1)
  }

  /** Lifts one register to `value` unless it is there already. */
  raise(register: number, value: number): void {
    if (this.#values[register]! < value) this.#values[register] = value
  }

  merge(other: Registers): void {
    const values = this.#values
    const from = other.#values
    for (let i = 0; i < COUNT; i++) if (values[i]! < from[i]!) values[i] = from[i]!
  }

  /**
   * How many different hashes came in. Ertl's improved raw estimator, which needs no table of corrections: Otmar Ertl,
   * New cardinality estimation algorithms for HyperLogLog sketches, 2017, arXiv:1702.01284, algorithms 4 to 6.
   */
  estimate(): number {
    counts.fill(0)
    const values = this.#values
    for (let i = 0; i < COUNT; i++) counts[values[i]!]!++
    let z = COUNT * tau(1 - counts[LARGEST]! / COUNT)
    for (let value = LARGEST - 1; value >= 1; value--) z = 0.5 * (z + counts[value]!)
    z += COUNT * sigma(counts[0]! / COUNT)
    return (ALPHA * COUNT * COUNT) / z
  }

  /** The least value, half a byte above it for each register, and what does not fit into that. */
  writeTo(out: ByteWriter): void {
    const values = this.#values
    let least = HIGHEST_BASE
    for (let i = 0; i < COUNT; i++) if (values[i]! < least) least = values[i]!
    out.byte(least)
    const beyond: number[] = []
    for (let i = 0; i < COUNT; i++) if (values[i]! - least >= BEYOND) beyond.push(i)
    const halves = new Uint8Array(COUNT / 2)
    for (let i = 0; i < COUNT / 2; i++) {
      halves[i] = Math.min(values[2 * i]! - least, BEYOND) | (Math.min(values[2 * i + 1]! - least, BEYOND) << 4)
    }
    out.raw(halves)
    out.varint(beyond.length)
    let before = 0
    for (const register of beyond) {
      out.varint(register - before)
      out.byte(values[register]! - least - BEYOND)
      before = register
    }
  }

  /** Merges written registers into these. Damaged bytes give wrong values, within bounds. */
  mergeFrom(from: ByteReader): void {
    const values = this.#values
    const { bytes, at } = from
    const least = Math.min(bytes[at] ?? 0, HIGHEST_BASE)
    const most = Math.min(COUNT / 2, bytes.length - at - 1)
    for (let i = 0; i < most; i++) {
      const pair = bytes[at + 1 + i]!
      const [low, high] = [least + (pair & 15), least + (pair >>> 4)]
      if (values[2 * i]! < low) values[2 * i] = low
      if (values[2 * i + 1]! < high) values[2 * i + 1] = high
    }
    from.at = at + 1 + COUNT / 2
    let register = 0
    for (let left = from.varint(); left > 0 && !from.ended; left--) {
      register += from.varint()
      if (register >= COUNT) return
      this.raise(register, Math.min(from.byte() + least + BEYOND, LARGEST))
    }
  }
}

/** Leading zeros of the 50 bits behind those that chose a register: `hi` holds the first 18 of them at its upper end. */
function leading(hi: number, lo: number): number {
  return hi !== 0 ? Math.clz32(hi) : 32 - PRECISION + Math.clz32(lo)
}

function sigma(share: number): number {
  if (share === 1) return Infinity
  let [x, y, z] = [share, 1, share]
  for (let before = -1; z !== before; y += y) {
    x *= x
    before = z
    z += x * y
  }
  return z
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let [x, y, z] = [share, 1, 1 - share]
  for (let before = -1; z !== before;) {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) * (1 - x) * y
  }
  return z / 3
}
