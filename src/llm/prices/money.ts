/** A sum of money, exactly: nano-dollars as a fraction. Numbers of tokens and prices are whole here, so nothing drifts. */
export interface Money {
  readonly top: bigint
  readonly bottom: bigint
}

export const NOTHING: Money = { top: 0n, bottom: 1n }

/** Counts of seconds have fractions; they are kept to a millionth. */
const PART = 1_000_000

/** So many units at so much for `per` of them. */
export function times(count: number, usd: number, per: bigint): Money {
  const parts = Number.isInteger(count) ? BigInt(count) * BigInt(PART) : BigInt(Math.round(count * PART))
  return { top: parts * BigInt(Math.round(usd * 1e9)), bottom: per * BigInt(PART) }
}

export function plus(a: Money, b: Money): Money {
  if (a.bottom === b.bottom) return { top: a.top + b.top, bottom: a.bottom }
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }
}

/** A part or a multiple: `scaled(sum, [11, 10])` is ten percent more. */
export function scaled(sum: Money, [top, bottom]: readonly [number, number]): Money {
  return { top: sum.top * BigInt(top), bottom: sum.bottom * BigInt(bottom) }
}

/** Whole nano-dollars, half a one rounded up; no more than a number holds exactly, nine million dollars. */
export function nano({ top, bottom }: Money): number {
  const whole = (top * 2n + bottom) / (bottom * 2n)
  return whole > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(whole)
}
