/** At most six decimals, or as many as are said; null for what JSON cannot say. */
export function rounded(value: number, decimals: number = 6): number | null {
  if (!Number.isFinite(value)) return null
  const unit = 10 ** decimals
  // Beyond 2^53 units there are no such decimals to keep.
  return Math.abs(value) < 9e15 / unit ? Math.round(value * unit) / unit + 0 : value
}

/** Two decimals, more for what would be shown as zero: shares, changes, ratios, rates. */
export function short(value: number): number | null {
  if (!Number.isFinite(value)) return null
  const size = Math.abs(value)
  if (size === 0 || size >= 0.01) return Math.round(value * 100) / 100 + 0
  return rounded(Number(value.toPrecision(2)))
}

/** Powers of ten that doubles hold exactly. */
const TENS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))

/** What `Number(value.toPrecision(4))` gives, without the text, which takes twenty times as long. */
export function fourDigits(value: number): number {
  const size = Math.abs(value)
  if (size >= 1e-15 && size < 1e18) {
    const places = 3 - Math.floor(Math.log10(size))
    const scaled = places < 0 ? size / TENS[-places]! : size * TENS[places]!
    const whole = Math.floor(scaled)
    // Near a half, what scaling has rounded decides.
    if (whole >= 1_000 && whole < 10_000 && Math.abs(scaled - whole - 0.5) > 1e-6) {
      const four = scaled - whole > 0.5 ? whole + 1 : whole
      // Both are exact, so this is rounded once, as a text is when it is read.
      return Math.sign(value) * (places < 0 ? four * TENS[-places]! : four / TENS[places]!)
    }
  }
  return Number(value.toPrecision(4))
}

/** `part` in percent of `whole`; null where there is no whole. */
export function percent(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : short((part / whole) * 100)
}

/** How much larger `now` is than `before`, in percent; null where there was nothing before. */
export function change(now: number | null, before: number | null): number | null {
  return now === null || before === null || before === 0 ? null : short(((now - before) / Math.abs(before)) * 100)
}
