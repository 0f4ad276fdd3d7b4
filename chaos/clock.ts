/** Wall time runs so much faster in a history than outside, so that minutes close and writers are taken for dead within seconds. */
export const SPEED = 60

/** The wall clock of a history, Unix ms, at the real moment `real` of one that began at `began`. */
export function wall(began: number, real: number = Date.now()): number {
  return Math.floor(began + (real - began) * SPEED)
}

/** Single events are kept for so many days: no history is that long, so that each one that was not dropped is there. */
export const DAYS_KEPT = 60
