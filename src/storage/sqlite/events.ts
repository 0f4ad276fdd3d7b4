import type { Event, KeptEvent } from '../../core/event.ts'
import { DAY } from '../../core/time.ts'
import type { EventSelector } from '../driver.ts'
import { EVENT_TABLES, type EventTable, eventOf, insertion, parameters, selection, tableOf } from './rows.ts'
import type { Prepare, Session } from './session.ts'

const PAGE = { first: 128, most: 2_048 }
/** Rows deleted in one transaction: some milliseconds. */
const STEP = 2_000

interface Writer {
  readonly id: number
  number: number
}

function writerOf(prepare: Prepare, writer: string, time: number): Writer {
  prepare(
    `INSERT INTO writers (writer, number, seen) VALUES (?, -1e15, ?)
     ON CONFLICT (writer) DO UPDATE SET seen = max(seen, excluded.seen)`
  ).run(writer, time)
  const row = prepare('SELECT id, number FROM writers WHERE writer = ?').get(writer)
  return { id: Number(row?.['id']), number: Number(row?.['number']) }
}

/** Keeps those events that are not kept yet, inside the caller's transaction. */
export function putEvents(prepare: Prepare, events: readonly Event[], time: number): void {
  if (events.length === 0) return
  const writers = new Map<string, Writer>()
  let id = Number(prepare('SELECT id FROM last_event').get()?.['id'])
  for (const event of events) {
    const writer = writers.get(event.writer) ?? writerOf(prepare, event.writer, time)
    writers.set(event.writer, writer)
    if (event.number <= writer.number) continue
    writer.number = event.number
    const table = tableOf(event.kind)
    prepare(insertion(table)).run(...parameters(table, event, ++id, writer.id))
  }
  prepare('UPDATE last_event SET id = ?').run(id)
  for (const writer of writers.values())
    prepare('UPDATE writers SET number = ? WHERE id = ?').run(writer.number, writer.id)
}

/** A table's matching events, newest first, a page at a time. */
class Pager {
  readonly #session: Session
  readonly #table: EventTable
  readonly #selector: EventSelector
  #page: KeptEvent[] = []
  #at = 0
  #size = PAGE.first
  #below: number
  #above: number
  #done = false

  constructor(session: Session, table: EventTable, selector: EventSelector, above: number, below: number) {
    this.#session = session
    this.#table = table
    this.#selector = selector
    this.#above = above
    this.#below = below
  }

  /** Narrows to the ids of the time asked for, which an index knows: else an old hour would be searched from now on back. */
  async narrow(): Promise<void> {
    const { from, to } = this.#selector
    if (from === undefined && to === undefined) return
    const row = await this.#session.read((prepare) =>
      prepare(
        `SELECT min(id) AS low, max(id) AS high FROM ${this.#table.table} WHERE timestamp >= ? AND timestamp < ?`
      ).get(...this.#times())
    )
    if (row?.['low'] === null || row === undefined) this.#done = true
    else {
      this.#above = Math.max(this.#above, Number(row['low']) - 1)
      this.#below = Math.min(this.#below, Number(row['high']) + 1)
    }
  }

  #times(): [number, number] {
    const { from, to } = this.#selector
    return [(from ?? -Infinity) / 1000, (to ?? Infinity) / 1000]
  }

  /** The newest event not yet taken. */
  async peek(): Promise<KeptEvent | undefined> {
    if (this.#at === this.#page.length && !this.#done) await this.#fill()
    return this.#page[this.#at]
  }

  take(): void {
    this.#at++
  }

  async #fill(): Promise<void> {
    const { name, kinds } = this.#selector
    const values = [this.#above, this.#below, ...this.#times()]
    const rows = await this.#session.read((prepare) =>
      prepare(selection(this.#table, name !== undefined, kinds !== undefined)).all(
        ...values,
        ...(name === undefined ? [] : [name]),
        ...(kinds === undefined || this.#table.kind !== undefined ? [] : [JSON.stringify(kinds)]),
        this.#size
      )
    )
    this.#page = rows.map((row) => eventOf(this.#table, row))
    this.#at = 0
    this.#done = rows.length < this.#size
    this.#below = this.#page.at(-1)?.id ?? this.#below
    this.#size = Math.min(this.#size * 2, PAGE.most)
  }
}

/** Matching events of all tables, newest first, none that came after the start. */
export async function* readEvents(session: Session, selector: EventSelector): AsyncGenerator<KeptEvent> {
  const { kinds, sinceId = 0, beforeId = Infinity } = selector
  const last = await session.read((prepare) => Number(prepare('SELECT id FROM last_event').get()?.['id']))
  const below = Math.min(beforeId, last + 1)
  const tables = new Set(kinds === undefined ? EVENT_TABLES : kinds.map(tableOf))
  const pagers = [...tables].map((table) => new Pager(session, table, selector, sinceId, below))
  for (const pager of pagers) await pager.narrow()
  for (;;) {
    let newest: readonly [Pager, KeptEvent] | undefined
    for (const pager of pagers) {
      const event = await pager.peek()
      if (event !== undefined && (newest === undefined || event.id > newest[1].id)) newest = [pager, event]
    }
    if (newest === undefined) return
    newest[0].take()
    yield newest[1]
  }
}

/** Deletes from every table what `where` says, in short transactions; answers how many rows went. */
async function remove(session: Session, where: string, bound: number): Promise<number> {
  let gone = 0
  for (const { table } of EVENT_TABLES) {
    const sql = `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${where} LIMIT ${STEP})`
    for (let step = STEP; step === STEP; gone += step) {
      if (gone > 0) await session.rest()
      step = await session.write((prepare) => prepare(sql).run(bound))
    }
  }
  return gone
}

/** Deletes events that happened before `before`, and writers that have ended. */
export async function pruneEvents(session: Session, before: number): Promise<number> {
  const gone = await remove(session, 'timestamp < ?', before / 1000)
  // A writer silent for a day longer than events are kept has ended: it puts no old number again.
  await session.write((prepare) => prepare('DELETE FROM writers WHERE seen < ?').run(before - DAY))
  return gone
}

/** Deletes the oldest events but `rows`. */
export async function trimEvents(session: Session, rows: number): Promise<number> {
  const every = EVENT_TABLES.map(({ table }) => `SELECT id FROM ${table}`).join(' UNION ALL ')
  const oldest = await session.read((prepare) =>
    prepare(`SELECT id FROM (${every}) ORDER BY id DESC LIMIT 1 OFFSET ?`).get(rows)
  )
  return oldest === undefined ? 0 : remove(session, 'id <= ?', Number(oldest['id']))
}

/** How many events are kept. */
export function countEvents(prepare: Prepare): number {
  const counts = EVENT_TABLES.map(({ table }) => `(SELECT count(*) FROM ${table})`).join(' + ')
  return Number(prepare(`SELECT ${counts} AS events`).get()?.['events'])
}
