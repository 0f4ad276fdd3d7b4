import type { CheckFunction } from '../check.ts'

/** What the event loop was like since it was last read; null where nobody knows. */
export interface LoopFigures {
  readonly p99: number | null
  readonly utilization: number | null
}

/** From when on the event loop is too slow. */
export interface LoopLimits {
  /** So late may one timer of a hundred come, ms. */
  readonly p99: number
  /** So much of the time may it be busy, 0 to 1; undefined: all of it. */
  readonly busy: number | undefined
}

/** Warns while the event loop is held up. Each run looks at what was since the run before. */
export function loopCheck(read: () => LoopFigures, limits: LoopLimits): CheckFunction {
  return () => {
    const { p99, utilization } = read()
    if (p99 === null) return { status: 'pass' }
    const isBusy = limits.busy !== undefined && utilization !== null && utilization >= limits.busy
    const value = Math.round(p99 * 10) / 10
    if (p99 < limits.p99 && !isBusy) return { status: 'pass', value, unit: 'ms' }
    const busy = utilization === null ? '' : `, busy ${Math.round(utilization * 100)} % of the time`
    const message = `one timer of a hundred came ${Math.round(p99)} ms late or later${busy}`
    return { status: 'warn', code: p99 < limits.p99 ? 'loop_busy' : 'loop_slow', message, value, unit: 'ms' }
  }
}
