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

/** `part` in percent of `whole`; null where there is no whole. */
export function percent(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : short((part / whole) * 100)
}

/** How much larger `now` is than `before`, in percent; null where there was nothing before. */
export function change(now: number | null, before: number | null): number | null {
  return now === null || before === null || before === 0 ? null : short(((now - before) / Math.abs(before)) * 100)
}
