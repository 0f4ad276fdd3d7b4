import { DAY, HOUR, MINUTE } from './time.ts'

/** A resolution and, by configuration, how long it is kept. */
export type Tier = '1m' | '15m' | '1h' | '1d'

/** Width of a window in milliseconds; a day of `1d` may be longer or shorter where the clocks change. */
export const WIDTH: Readonly<Record<Tier, number>> = { '1m': MINUTE, '15m': 15 * MINUTE, '1h': HOUR, '1d': DAY }

/** Finest first. */
export const TIERS: readonly Tier[] = ['1m', '15m', '1h', '1d']

/** How long each tier is kept unless `retention` says otherwise, in milliseconds. */
export const KEPT: Readonly<Record<Tier, number>> = {
  '1m': 48 * HOUR,
  '15m': 35 * DAY,
  '1h': 400 * DAY,
  '1d': 3650 * DAY,
}

/** Start of the window of a fixed-width tier that holds `time`. */
export function windowOf(tier: Exclude<Tier, '1d'>, time: number): number {
  const width = WIDTH[tier]
  return Math.floor(time / width) * width
}
