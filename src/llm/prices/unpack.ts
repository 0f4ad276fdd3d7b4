import type { Packed, PackedRow } from './compact.ts'
import type { Rate, Row, Table, Term } from './rates.ts'

/**
 * OpenAI bills a long context for "more than 272K input tokens" (developers.openai.com/api/docs/models, 2026-11-23);
 * the catalogue begins it one token too early for all but the newest models.
 */
const STARTS: Readonly<Record<string, readonly [number, number]>> = { openai: [271_999, 272_000] }

/** A table from the text that it is kept as. */
export function unpack(text: string): Table {
  return table(JSON.parse(text) as Packed)
}

/** A table from its packed form. */
export function table({ rows, resold }: Packed): Table {
  return {
    rows: new Map(
      Object.entries(rows).map(([provider, list]) => [provider, list.map((row) => unpackRow(row, provider))])
    ),
    resold: new Map(Object.entries(resold)),
  }
}

function unpackRow([id, match, ...terms]: PackedRow, provider: string): Row {
  return { id, match: match === 0 ? `=${id}` : match, terms: terms.map((term) => unpackTerm(term, STARTS[provider])) }
}

function unpackTerm(packed: PackedRow[2] & object, start: readonly [number, number] | undefined): Term {
  const { from, at, ...rest } = packed
  const rates =
    start === undefined
      ? rest
      : Object.fromEntries(Object.entries(rest).map(([kind, rate]) => [kind, moved(rate, start)]))
  return {
    rates: rates as Readonly<Record<string, Rate>>,
    ...(typeof from === 'string' && { from }),
    ...(typeof at === 'string' && { at }),
  }
}

function moved(rate: Rate | string, [from, to]: readonly [number, number]): Rate | string {
  return Array.isArray(rate) ? rate.map((part) => (part === from ? to : part)) : rate
}
