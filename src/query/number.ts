/** At most six decimals; null for what JSON cannot say. */
export function rounded(value: number): number | null {
  if (!Number.isFinite(value)) return null
  // Beyond 2^53 / 10^6 there are no six decimals to keep.
  return Math.abs(value) < 9e9 ? Math.round(value * 1e6) / 1e6 + 0 : value
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
