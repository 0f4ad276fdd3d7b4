import { MetricsError } from '../../errors.ts'
import type { Row, Scalar } from '../../query/query.ts'
import type { Range } from '../../query/range.ts'
import type { Ask } from '../../storage/store.ts'
import { param } from '../page.ts'

/** Sorts rows as `order=` says, by any column: by time oldest first, else what cost most first. */
export function ordered(rows: Row[], ask: Ask, range: Range, columns: readonly string[]): Row[] {
  const byTime = range.width !== null
  const asked = param(ask, 'order') ?? (byTime ? 'time' : '-value')
  const falls = asked.startsWith('-')
  const name = falls ? asked.slice(1) : asked
  const column = name === 'time' ? (byTime ? 'ts' : 'id') : name === 'label' && !byTime ? 'id' : name
  if (!columns.includes(column)) {
    throw new MetricsError('bad_shape', `order=${asked.slice(0, 64)} is not a column.`, {
      parameter: 'order',
      hint: `Try order=-value. Columns: ${columns.join(', ')}.`,
    })
  }
  return rows.sort((a, b) => {
    const order = compare(a[column] ?? null, b[column] ?? null, falls)
    if (order !== 0) return order
    return byTime
      ? compare(a['value'] ?? null, b['value'] ?? null, true) || compare(a['id']!, b['id']!, false)
      : compare(a['id']!, b['id']!, false)
  })
}

/** Nulls come last, whichever way it goes. */
function compare(a: Scalar, b: Scalar, falls: boolean): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b === falls ? 1 : -1
}
