import type { Kept } from './kept.ts'
import { NEWER } from './overlay-newer.ts'
import { OPENAI_ROWS } from './overlay-openai.ts'
import type { Match, Row, Table } from './rates.ts'

/** The rows kept by hand: what the catalogue does not know, or has wrong. */
export const KEPT: readonly Kept[] = [...NEWER, ...OPENAI_ROWS]

/** The day on which all rows of ours were last reviewed, by the pages that they name or, where those could not be had, by copies of them and other price lists. */
export const AUDITED = '2026-11-23'

/** The rows kept by hand as a table. */
export function overlay(): Table {
  const rows = new Map<string, Row[]>()
  for (const { provider, ids, terms, estimate } of KEPT) {
    const match: Match = ids.map((id) => `=${id}`)
    const row: Row = { id: ids[0] ?? '', match, terms, ...(estimate && { estimate }) }
    rows.set(provider, [...(rows.get(provider) ?? []), row])
  }
  return { rows, resold: new Map() }
}
