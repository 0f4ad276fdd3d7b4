import type { CheckFunction } from '../check.ts'

/** How our own store stands. */
export interface StorageFigures {
  /** `disk`, `memory`, `memory-fallback` or `remote`. */
  readonly mode: string
  /** Why it is not what was asked for. */
  readonly problem: string | null
  /** How often in a row a flush has failed, and for how long nothing was kept; ms. */
  readonly failures: number
  readonly unkeptFor: number
  /** When a batch was last kept, ms ago; null before the first. */
  readonly age: number | null
  /** What was given up since the start, for want of a store that takes it. */
  readonly dropped: number
}

/**
 * Warns while numbers are not kept as they should be: that never touches the app. What a store only cautions against,
 * such as an old engine, is in the log and in `/metrics`: it would be a warning for ever.
 */
export function storageCheck(read: () => StorageFigures, patience: number): CheckFunction {
  let before = 0
  return () => {
    const now = read()
    const lost = now.dropped - before
    before = now.dropped
    if (lost > 0) return warning('dropping', `${lost} were given up`, lost, 'dropped')
    if (now.mode === 'memory-fallback') return warning('memory_fallback', now.problem ?? 'kept in memory alone')
    const late = Math.round(now.unkeptFor / 100) / 10
    if (now.failures > 0) return warning('flush_failing', `nothing kept for ${late} s`, late, 's')
    if (now.unkeptFor > patience) return warning('flush_slow', `a flush takes ${late} s`, late, 's')
    return now.age === null ? true : { status: 'pass', value: Math.round(now.age / 100) / 10, unit: 's' }
  }
}

function warning(code: string, message: string, value?: number, unit?: string): object {
  return { status: 'warn', code, message, ...(value === undefined ? {} : { value, unit }) }
}
