import { LIMITS } from './question.ts'
import type { Row } from './row.ts'
import { refs, writer } from './rows.ts'
import type { Table } from './table.ts'
import { wide } from './wide.ts'

/** The rows of one page. */
export interface Page {
  readonly rows: readonly Row[]
  /** Of all pages. */
  readonly total: number
  /** The offset of the next page, or null. */
  readonly next: number | null
  readonly columns: Readonly<Record<string, string>> | null
}

/** Writes out the rows that are asked for; a page beyond the end is empty. */
export function page(table: Table): Page {
  const { question, asked, range } = table
  if (asked.length === 0) return { rows: [], total: 0, next: null, columns: null }
  if (question.shape === 'wide') {
    const { rows, columns } = wide(table)
    return { ...cut(rows, table), columns }
  }
  const all = refs(table)
  const write = writer(table)
  if (range.width === null && question.labels.length > 0) {
    // The lines are a page already: they were ranked before.
    const next = table.nextLine === null ? null : table.nextLine * asked.length
    return { rows: all.map(write), total: table.lineCount * asked.length, next, columns: null }
  }
  const { rows, ...rest } = cut(all, table)
  return { rows: rows.map(write), ...rest, columns: null }
}

function cut<T>(all: readonly T[], table: Table): { rows: readonly T[]; total: number; next: number | null } {
  const { limit, offset, page: number } = table.question
  const size = limit ?? LIMITS.page
  const from = number === null ? offset : (number - 1) * size
  return { rows: all.slice(from, from + size), total: all.length, next: from + size < all.length ? from + size : null }
}
