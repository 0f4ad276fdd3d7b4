/**
 * An exact sum of doubles: what rounding cuts off is kept beside the sum (Knuth's two-sum; Shewchuk 1997), so that
 * adding in any order, in any number of parts, gives the same value to the last bit.
 */
export class Sum {
  #head = 0
  #tail = 0
  /** What even head and tail together cannot hold; only sums over more than 2^100 of range need it. */
  #rest: number[] | undefined

  add(value: number): void {
    const sum = this.#head + value
    const part = sum - this.#head
    const lost = this.#head - (sum - part) + (value - part)
    this.#head = sum
    if (lost !== 0) this.#keep(lost)
  }

  merge(other: Sum): void {
    this.add(other.#head)
    if (other.#tail !== 0) this.add(other.#tail)
    if (other.#rest !== undefined) for (const part of other.#rest) this.add(part)
  }

  /** The exact sum, rounded once. */
  get value(): number {
    if (this.#rest !== undefined) return rounded(this.#partials())
    return this.#tail === 0 ? this.#head : this.#head + this.#tail
  }

  /** The exact sum as the one list of doubles in which each is the rest of it, rounded. */
  parts(): number[] {
    if (this.#rest === undefined) return this.#tail === 0 ? [this.#head] : pair(this.#head, this.#tail)
    const partials = this.#partials()
    const parts: number[] = []
    for (;;) {
      const part = rounded(partials)
      if (part === 0) return parts.length === 0 ? [0] : parts
      parts.push(part)
      grow(partials, -part)
    }
  }

  #keep(lost: number): void {
    const sum = this.#tail + lost
    const part = sum - this.#tail
    const lostAgain = this.#tail - (sum - part) + (lost - part)
    this.#tail = sum
    if (lostAgain !== 0) grow((this.#rest ??= []), lostAgain)
  }

  #partials(): number[] {
    const partials = [...(this.#rest ?? [])]
    grow(partials, this.#tail)
    grow(partials, this.#head)
    return partials
  }
}

/** The exact sum of two doubles: rounded, then what that has cut off, if anything. */
function pair(a: number, b: number): number[] {
  const sum = a + b
  const part = sum - a
  const lost = a - (sum - part) + (b - part)
  return lost === 0 ? [sum] : [sum, lost]
}

/** Adds `value` to non-overlapping partials of growing magnitude. */
function grow(partials: number[], value: number): void {
  let carry = value
  let kept = 0
  for (const partial of partials) {
    const [large, small] = Math.abs(carry) < Math.abs(partial) ? [partial, carry] : [carry, partial]
    const sum = large + small
    const lost = small - (sum - large)
    if (lost !== 0) partials[kept++] = lost
    carry = sum
  }
  partials.length = kept
  if (carry !== 0) partials.push(carry)
}

/** The sum of non-overlapping partials, rounded half to even as one addition would (as Python's math.fsum). */
function rounded(partials: readonly number[]): number {
  let at = partials.length - 1
  if (at < 0) return 0
  let sum = partials[at]!
  let lost = 0
  while (at > 0 && lost === 0) {
    const large = sum
    const small = partials[--at]!
    sum = large + small
    lost = small - (sum - large)
  }
  if (at > 0 && lost !== 0 && lost < 0 === partials[at - 1]! < 0) {
    const twice = lost * 2
    const next = sum + twice
    if (next - sum === twice) return next
  }
  return sum
}
