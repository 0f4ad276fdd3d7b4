/** What a list of measurements comes to. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly count: number
}

/** The value below which a share `q` of the values lies, between neighbours by proportion. NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Median with the middle half around it. */
export function spread(values: readonly number[]): Spread {
  return {
    median: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    count: values.length,
  }
}

/** A number as a reader wants it: three digits at most, never an exponent. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
  return size >= 10_000 ? Number(text).toLocaleString('en-US') : text
}

/** `1.23 (1.10–1.31)`: median and middle half. */
export function shown({ median: middle, low, high }: Spread, format: (value: number) => string = short): string {
  return `${format(middle)} (${format(low)}–${format(high)})`
}

/** Bytes in the unit that suits them. */
export function bytes(count: number): string {
  if (Math.abs(count) >= 1e6) return `${short(count / 1e6)} MB`
  return Math.abs(count) >= 1e3 ? `${short(count / 1e3)} kB` : `${Math.round(count)} bytes`
}
