import type { CheckFunction } from '../check.ts'
import { can } from './shape.ts'
import { withSpare } from './spare.ts'

interface Sql {
  unsafe(text: string): PromiseLike<unknown>
}

/** The check for the `sql` of `postgres`. */
export function postgres(target: object): CheckFunction | undefined {
  if (typeof target !== 'function' || !can(target, 'unsafe', 'begin', 'reserve', 'listen')) return undefined
  // Not tagged, which would be prepared: poolers in between do not always keep what is prepared.
  return withSpare(() => (target as unknown as Sql).unsafe('SELECT 1'))
}
