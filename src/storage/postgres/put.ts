import type { Event } from '../../core/event.ts'
import type { Batch } from '../driver.ts'
import { insertion, Parcel, rowsOf } from './boxes.ts'
import type { Bound } from './line.ts'

/** A statement that keeps a whole batch, and its values. */
export interface Statement {
  readonly text: string
  readonly values: readonly Bound[]
}

/** Text that PostgreSQL takes: it has no NUL, and no half of a character. */
export function clean(text: string): string {
  return text.includes('\0') || !isWhole(text) ? Buffer.from(text.replaceAll('\0', '')).toString() : text
}

function isWhole(text: string): boolean {
  return !/[\uD800-\uDFFF]/.test(text) || !/\p{Surrogate}/u.test(text)
}

/** Each writer's events by growing number: those that are at or below an earlier one are left out. */
function growing(events: readonly Event[]): Event[] {
  const highest = new Map<string, number>()
  return events.filter(({ writer, number }) => {
    if (number <= (highest.get(writer) ?? -Infinity)) return false
    highest.set(writer, number)
    return true
  })
}

function jsonOf(value: Event['labels'] | Event['fields']): string | null {
  const text = JSON.stringify(value)
  return text === '{}' ? null : text
}

// Labels and fields go as texts: within JSON PostgreSQL refuses a NUL, even escaped.
function rowOf(event: Event): object {
  const { writer, number, time, value, weight } = event
  const [kind, name] = [clean(event.kind), clean(event.name)]
  const at = Math.round(time)
  return {
    writer: clean(writer),
    number,
    kind,
    name,
    time: at,
    value,
    weight,
    labels: jsonOf(event.labels),
    fields: jsonOf(event.fields),
  }
}

/**
 * One statement, so that it is one transaction and one journey, and a client that stops in the middle holds no lock.
 * Ids of events are taken from a row that stays locked until the commit: who sees an id sees all before it.
 */
class Composer {
  readonly #schema: string
  readonly #values: Bound[] = []
  readonly #parts: string[] = []
  #verdict = '1'

  constructor(schema: string) {
    this.#schema = schema
  }

  get statement(): Statement {
    const parts = this.#parts.length === 0 ? '' : `WITH ${this.#parts.join(', ')} `
    return { text: `${parts}SELECT ${this.#verdict}`, values: this.#values }
  }

  #bind(value: Bound): string {
    this.#values.push(value)
    return `$${this.#values.length}`
  }

  boxes(batch: Batch, [session, turn]: readonly [string, string]): this {
    if (batch.boxes.length === 0) return this
    const [places, bytes] = new Parcel().add(batch.boxes).bound
    const rows = rowsOf(this.#bind(places), this.#bind(bytes))
    this.#parts.push(`put AS (${insertion(this.#schema, rows, this.#bind(session), this.#bind(turn))})`)
    return this
  }

  names({ names, time }: Batch): this {
    if (names.length === 0) return this
    const rows = this.#bind(JSON.stringify([...new Map(names.map(({ id, text }) => [id, { id, text }])).values()]))
    this.#parts.push(`named AS (
      INSERT INTO ${this.#schema}.names AS kept (id, text, seen)
      SELECT n.id, n.text, ${this.#bind(String(time))}::text::double precision
      FROM json_to_recordset(${rows}::text::json) AS n (id text, text text) ORDER BY n.id COLLATE "C"
      ON CONFLICT (id) DO UPDATE SET text = excluded.text, seen = greatest(kept.seen, excluded.seen))`)
    return this
  }

  events({ events, time }: Batch): this {
    if (events.length === 0) return this
    const rows = this.#bind(JSON.stringify(growing(events).map(rowOf)))
    const schema = this.#schema
    this.#parts.push(
      `given AS (SELECT g.*, row_number() OVER () AS place FROM json_to_recordset(${rows}::text::json) AS g (
        writer text, number bigint, kind text, name text, time bigint, value double precision,
        weight double precision, labels text, fields text))`,
      // `before` carries the number that stood there out of the update.
      `wrote AS (
        INSERT INTO ${schema}.writers AS kept (writer, number, before, seen)
        SELECT writer, max(number), -1000000000000000, ${this.#bind(String(time))}::text::double precision
        FROM given GROUP BY writer ORDER BY writer COLLATE "C"
        ON CONFLICT (writer) DO UPDATE SET before = kept.number,
          number = greatest(kept.number, excluded.number), seen = greatest(kept.seen, excluded.seen)
        RETURNING writer, before)`,
      `fresh AS (SELECT given.*, row_number() OVER (ORDER BY place) AS nth FROM given JOIN wrote USING (writer)
        WHERE number > before)`,
      `counted AS (UPDATE ${schema}.last_event SET id = id + (SELECT count(*) FROM fresh)
        RETURNING id - (SELECT count(*) FROM fresh) AS last)`,
      `happened AS (
        INSERT INTO ${schema}.events (id, time, kind, name, value, weight, labels, fields, writer, number)
        SELECT last + nth, time, kind, name, value, weight, labels::json, fields::json, writer, number FROM fresh, counted)`
    )
    return this
  }

  claims({ claims }: Batch): this {
    if (claims === undefined || claims.ids.length === 0) return this
    const ids = this.#bind(JSON.stringify([...new Set(claims.ids)]))
    this.#parts.push(`mine AS (SELECT json_array_elements_text(${ids}::text::json) AS id)`)
    this.#parts.push(`marked AS (
      UPDATE ${this.#schema}.claims c SET kept = true FROM mine
      WHERE c.id = mine.id AND c.owner = ${this.#bind(claims.owner)} RETURNING 1)`)
    // A division by zero undoes the whole statement where an id is another's.
    this.#verdict = `1 / (CASE WHEN (SELECT count(*) FROM marked) = (SELECT count(*) FROM mine) THEN 1 ELSE 0 END)`
    return this
  }
}

/** The statement that keeps a batch; `mark` says who puts it, and as which of its puts. */
export function putting(schema: string, batch: Batch, mark: readonly [string, string]): Statement {
  return new Composer(schema).boxes(batch, mark).names(batch).events(batch).claims(batch).statement
}
