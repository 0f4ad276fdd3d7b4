import type { Field, KeptEvent } from '../../core/event.ts'
import { DAY } from '../../core/time.ts'
import type { EventSelector } from '../driver.ts'
import { inSteps, whole } from './boxes.ts'
import type { Bound, Row } from './line.ts'
import { clean } from './put.ts'
import type { Session } from './session.ts'

const PAGE = { first: 128, most: 2_048 }
/** Rows deleted at once. */
const STEP = 2_000
const COLUMNS = 'id, time, kind, name, value, weight, labels, fields, writer, number'

function eventOf([id, time, kind, name, value, weight, labels, fields, writer, number]: Row): KeptEvent {
  return {
    id: Number(id),
    writer: String(writer),
    number: Number(number),
    kind: String(kind),
    time: Number(time),
    name: String(name),
    value: Number(value),
    weight: Number(weight),
    labels: labels === null || labels === undefined ? {} : (JSON.parse(labels) as Record<string, string>),
    fields: fields === null || fields === undefined ? {} : (JSON.parse(fields) as Record<string, Field>),
  }
}

/** The ids among which to look: none that came after the start, and only those of the time asked for, which an index knows. */
async function spanOf(session: Session, selector: EventSelector): Promise<[above: number, below: number]> {
  const { from, to, sinceId = 0, beforeId = Infinity } = selector
  const { schema } = session
  const last = `SELECT id FROM ${schema}.last_event`
  if (from === undefined && to === undefined) {
    const [row] = (await session.again(last, [])).rows
    return [sinceId, Math.min(beforeId, Number(row?.[0]) + 1)]
  }
  const sql = `SELECT (${last}), min(id), max(id) FROM ${schema}.events WHERE time >= $1 AND time < $2`
  const [row] = (await session.again(sql, [whole(from ?? -Infinity), whole(to ?? Infinity)])).rows
  const [end, low, high] = row ?? []
  if (low === null || low === undefined) return [0, 0]
  return [Math.max(sinceId, Number(low) - 1), Math.min(beforeId, Number(high) + 1, Number(end) + 1)]
}

function selection(schema: string, { kinds, name, from, to }: EventSelector, limit: number): string {
  const where = ['id > $1', 'id < $2', 'time >= $3', 'time < $4']
  const isTimed = from !== undefined || to !== undefined
  const used = isTimed ? where : [...where.slice(0, 2), '$3::bigint < $4::bigint']
  if (name !== undefined) used.push('name = $5')
  const named = name === undefined ? '$5::text IS NOT NULL' : 'true'
  const all = `SELECT ${COLUMNS} FROM ${schema}.events WHERE ${used.join(' AND ')} AND ${named}`
  if (kinds === undefined) return `${all} AND $6::text IS NOT NULL ORDER BY id DESC LIMIT ${limit}`
  // By each kind apart, so that an index gives its newest without a look at the others.
  return `SELECT e.* FROM (SELECT DISTINCT json_array_elements_text($6::text::json) AS kind) k
    CROSS JOIN LATERAL (${all} AND kind = k.kind ORDER BY id DESC LIMIT ${limit}) e ORDER BY id DESC LIMIT ${limit}`
}

/** Matching events, newest first, none that came after the start. */
export async function* readEvents(session: Session, selector: EventSelector): AsyncGenerator<KeptEvent> {
  const { kinds, name, from, to } = selector
  session.check()
  const [above, start] = await spanOf(session, selector)
  const fixed: Bound[] = [whole(from ?? -Infinity), whole(to ?? Infinity)]
  const chosen: Bound[] = [clean(name ?? ''), JSON.stringify((kinds ?? []).map(clean))]
  let below = start
  for (let size = PAGE.first; below > above + 1; size = Math.min(size * 2, PAGE.most)) {
    const sql = selection(session.schema, selector, size)
    const { rows } = await session.again(sql, [whole(above), whole(below), ...fixed, ...chosen])
    for (const row of rows) {
      session.check()
      yield eventOf(row)
    }
    if (rows.length < size) return
    below = Number(rows.at(-1)?.[0])
  }
}

function deletion(schema: string, where: string): string {
  return `DELETE FROM ${schema}.events WHERE (id, time) IN (
    SELECT id, time FROM ${schema}.events WHERE ${where} LIMIT ${STEP})`
}

/** Deletes events that happened before `before`, and writers that have ended; answers how many events. */
export async function pruneEvents(session: Session, before: number): Promise<number> {
  const gone = await inSteps(session, deletion(session.schema, 'time < $1 ORDER BY time'), [whole(before)], STEP)
  // A writer silent for a day longer than events are kept has ended: it puts no old number again.
  const ended = `DELETE FROM ${session.schema}.writers WHERE seen < $1::text::double precision`
  await session.again(ended, [whole(before - DAY)])
  return gone
}

/** Deletes the oldest events but `rows`. */
export async function trimEvents(session: Session, rows: number): Promise<number> {
  const sql = `SELECT id FROM ${session.schema}.events ORDER BY id DESC LIMIT 1 OFFSET $1::text::bigint`
  const [oldest] = (await session.again(sql, [whole(rows)])).rows
  if (oldest === undefined) return 0
  return inSteps(session, deletion(session.schema, 'id <= $1 ORDER BY id'), [String(oldest[0])], STEP)
}
