import type { Answer, Ask } from '../../storage/store.ts'
import type { Reader } from '../../query/query.ts'
import { LIMITS } from '../../query/question.ts'
import { answerWith, formatOf } from '../format.ts'
import { type Page, cursorOf, param } from '../page.ts'
import { events } from './events.ts'
import { exposition } from './exposition.ts'
import { query } from './query.ts'

/** Events in one piece of an export: about a megabyte. */
const PIECE = 5_000

/**
 * Files: what `query` answers, or events where `kind=` or `events=1` asks for them, or where no metric is named. CSV
 * unless another format is. Long ones come in pieces, each read when the one before has been taken.
 */
export async function exported(ask: Ask, reader: Reader): Promise<Answer> {
  const asked = param(ask, 'format')?.toLowerCase()
  if (asked === 'prometheus' || asked === 'openmetrics') return exposition(ask, reader)
  const format = formatOf(ask, 'csv')
  const page = isOfEvents(ask) ? await ofEvents(ask, reader) : await ofQuery(ask, reader)
  return answerWith(page, ask, format, param(ask, 'shape') !== 'envelope')
}

function isOfEvents(ask: Ask): boolean {
  const events = param(ask, 'events')
  return (
    param(ask, 'kind') !== undefined || param(ask, 'metric') === undefined || (events !== undefined && events !== '0')
  )
}

async function ofEvents(ask: Ask, reader: Reader): Promise<Page> {
  if (param(ask, 'limit') !== undefined) return events(ask, reader)
  const page = await events({ ...ask, params: [...ask.params, ['limit', String(PIECE)]] }, reader)
  return { ...page, next: null, cursor: goesOn(page) }
}

async function ofQuery(ask: Ask, reader: Reader): Promise<Page> {
  if (param(ask, 'limit') !== undefined || param(ask, 'shape') === 'envelope') return query(ask, reader)
  const cursor = cursorOf(ask)
  const offset = cursor === undefined ? [] : [['offset', cursor] as const]
  const page = await query({ ...ask, params: [...ask.params, ['limit', String(LIMITS.rows)], ...offset] }, reader)
  return { ...page, next: null, cursor: goesOn(page) }
}

function goesOn(page: Page): string | undefined {
  return page.last === null || page.last === undefined ? undefined : String(page.last)
}
