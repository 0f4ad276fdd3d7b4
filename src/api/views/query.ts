import { parse } from '../../query/parse.ts'
import type { Reader, Row } from '../../query/query.ts'
import { run } from '../../query/query.ts'
import { LIMITS, type Question } from '../../query/question.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, nextByOffset } from '../page.ts'

/** Time series and breakdowns: the whole grammar. */
export async function query(ask: Ask, reader: Reader): Promise<Page> {
  const question = parse(ask.params, ask.now, { timezone: reader.timezone })
  const result = await run(question, reader, ask.now)
  const { next } = result
  const link = next === null ? null : nextByOffset(ask, next, question.limit ?? LIMITS.page)
  const total = result.envelope.total_rows
  return {
    envelope: { ...result.envelope, next: link },
    rows: result.rows,
    columns: result.columns,
    next: link,
    total: typeof total === 'number' ? total : null,
    name: question.metrics.join('-'),
    ids: false,
    last: next,
    ...(await keysOf(question, result.rows, reader, ask.now)),
  }
}

/** The columns of a table that has no row: they follow from the question; but those of `wide` from what was found. */
async function keysOf(
  question: Question,
  rows: readonly Row[],
  reader: Reader,
  now: number
): Promise<Pick<Page, 'keys'>> {
  if (rows.length > 0 || question.shape === 'wide') return {}
  const { rows: invented } = await run({ ...question, sample: true, strict: false, offset: 0, page: null }, reader, now)
  return invented[0] === undefined ? {} : { keys: Object.keys(invented[0]) }
}
