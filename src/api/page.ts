import type { Ask } from '../storage/store.ts'
import type { Row, Scalar } from '../query/query.ts'

/** One page of a view: rows, and the scalars around them in the order in which they are shown. */
export interface Page {
  readonly envelope: Readonly<Record<string, Scalar>>
  readonly rows: readonly Row[]
  /** Absolute address of the page after this one, or null. */
  readonly next: string | null
  /** How many rows all pages have together, where that is known. */
  readonly total: number | null
  /** What a file of it would be called, without its ending. */
  readonly name: string
  /** False where ids are put together from the other columns: then CSV leaves them out. */
  readonly ids: boolean
  /** Shape wide, where a column is not called like the label value that it shows. */
  readonly columns?: Readonly<Record<string, string>> | null
  /** Beside the scalars of the envelope: what is a list or has parts. */
  readonly details?: Readonly<Record<string, unknown>>
  /** The keys of a row, for a file without rows. */
  readonly keys?: readonly string[]
  /** Where to go on: the id below, of a query the offset; null at the end. */
  readonly last?: number | null
  /** Where an export goes on. */
  readonly cursor?: string | undefined
}

/** The address of the same call with some parameters set, or taken out (null). */
export function linkWith(ask: Ask, changes: Readonly<Record<string, string | null>>): string {
  const left = new Map(Object.entries(changes))
  const params: [string, string][] = []
  for (const [name, value] of ask.params) {
    const change = left.get(name)
    if (change === undefined && !left.has(name)) params.push([name, value])
    else if (change !== null && change !== undefined) params.push([name, change])
    if (left.has(name)) left.set(name, null)
  }
  for (const [name, value] of left) if (value !== null) params.push([name, value])
  return `${ask.url}?${params.map(([name, value]) => `${escape(name)}=${escape(value)}`).join('&')}`
}

/** The next page of a list that is paged by offset: `page` goes on where the call used it. */
export function nextByOffset(ask: Ask, offset: number, limit: number): string {
  if (!ask.params.some(([name]) => name === 'page')) return linkWith(ask, { offset: String(offset) })
  return linkWith(ask, { page: String(Math.floor(offset / limit) + 1), offset: null })
}

// Readable where it is safe: `,` `/` and `:` mean nothing in a query.
function escape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%(2C|2F|3A|40)/g, (code) => decodeURIComponent(code))
}

/** The value of a parameter: of one that is said twice the last holds; empty is absent. */
export function param(ask: Ask, name: string): string | undefined {
  const value = ask.params.findLast(([key]) => key === name)?.[1].trim()
  return value === '' ? undefined : value
}

/** Where a piece of an export begins: what the one before said; undefined for the first. */
export function cursorOf(ask: Ask): string | undefined {
  const { cursor } = ask.facts
  return typeof cursor === 'string' ? cursor : undefined
}

/** Sentences as one warning, or null. */
export function warningOf(...sentences: readonly (string | null | undefined)[]): string | null {
  const said = sentences.filter((one) => one !== null && one !== undefined && one !== '')
  return said.length === 0 ? null : said.join(' ')
}
