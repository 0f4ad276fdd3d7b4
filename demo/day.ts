/** A day of the shop passes in so many milliseconds. */
export const DAY_MS: number = 6 * 60_000

/** Visitors a second at each full hour: a quiet night, a lunch break, a busy evening. */
const WAVE = [1, 1, 0.5, 0.5, 0.5, 1, 2, 3, 5, 6, 6, 7, 9, 8, 6, 6, 7, 8, 10, 11, 12, 9, 5, 2]

/** In the afternoon someone ships a release that cannot price some countries; an hour and a half later it is taken back. */
export const BAD_DEPLOY: { readonly from: number; readonly to: number } = { from: 14, to: 15.5 }

/** The hour of the shop's day, 0 to 24, when it opened at 8 o'clock `elapsed` milliseconds ago. */
export function hourAt(elapsed: number): number {
  return (8 + (elapsed / DAY_MS) * 24) % 24
}

/** Visitors who come in a second at this hour, between the full hours in proportion. */
export function visitorsAt(hour: number): number {
  const from = WAVE[Math.floor(hour) % 24]!
  const to = WAVE[Math.ceil(hour) % 24]!
  return from + (to - from) * (hour % 1)
}

/** The hour as a clock shows it. */
export function clockText(hour: number): string {
  const minutes = Math.floor((hour % 1) * 60)
  return `${String(Math.floor(hour)).padStart(2, '0')}:${String(minutes - (minutes % 10)).padStart(2, '0')}`
}
