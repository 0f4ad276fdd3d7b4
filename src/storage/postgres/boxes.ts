import { createHash } from 'node:crypto'
import { TIERS, type Tier } from '../../core/tiers.ts'
import type { Box, BoxSelector } from '../driver.ts'
import type { Held, Known } from './known.ts'
import type { Bound, Row } from './line.ts'
import type { Session } from './session.ts'

/** Boxes read at once: few at first, then as many as are about so many bytes, so that each journey is short on any line. */
const PAGE = { first: 24, least: 4, most: 512, bytes: 1_500_000 }
/** Boxes deleted at once. */
const PRUNED = 200

const NOTHING = new Uint8Array(0)

/** The number under which a tier is kept: see the schema. */
export const shelfOf = (tier: Tier, sealed: boolean): number => TIERS.indexOf(tier) * 2 + (sealed ? 1 : 0)

interface Placed {
  readonly shelf: number
  readonly start: number
  readonly writer: string
  /** Where its numbers begin among all bytes, from 1, and how long they and the detail behind them are. */
  readonly at: number
  readonly numbers: number
  readonly detail: number
}

/** Boxes as two values of a statement: places and lengths as JSON, and the bytes of all in one piece. */
export class Parcel {
  readonly #places: Placed[] = []
  readonly #bytes: Uint8Array[] = []
  #length = 0

  /** Adds boxes; of several of one name the last. */
  add(boxes: readonly Box[]): this {
    const byName = new Map(boxes.map((box) => [nameOf(box), box]))
    for (const { tier, start, writer, numbers, detail } of byName.values()) {
      const shelf = shelfOf(tier, writer === '*')
      this.#places.push({ shelf, start, writer, at: this.#length + 1, numbers: numbers.length, detail: detail.length })
      this.#bytes.push(numbers, detail)
      this.#length += numbers.length + detail.length
    }
    return this
  }

  get bound(): readonly [places: string, bytes: Uint8Array] {
    return [JSON.stringify(this.#places), Buffer.concat(this.#bytes)]
  }
}

/** What a box is stored under. */
export function nameOf({ tier, start, writer }: Box): string {
  return `${tier} ${start} ${writer}`
}

/** The boxes of a parcel as rows; `places` and `bytes` are parameters such as $1 and $2. */
export function rowsOf(places: string, bytes: string): string {
  return `SELECT p.shelf, p.start, p.writer,
      substring(${bytes}::bytea FROM p.at FOR p.numbers) AS numbers,
      substring(${bytes}::bytea FROM p.at + p.numbers FOR p.detail) AS detail
    FROM json_to_recordset(${places}::text::json)
      AS p (shelf smallint, start bigint, writer text, at integer, numbers integer, detail integer)`
}

/** Puts rows of boxes. One put that was held up in the network does not undo a later one of the same session. */
export function insertion(schema: string, rows: string, session: string, turn: string): string {
  return `INSERT INTO ${schema}.boxes AS kept (shelf, start, writer, numbers, detail, session, turn)
    SELECT r.shelf, r.start, r.writer, r.numbers, r.detail, ${session}::text::bigint, ${turn}::text::bigint
    FROM (${rows}) r ORDER BY r.shelf, r.start, r.writer COLLATE "C"
    ON CONFLICT (shelf, start, writer) DO UPDATE
    SET numbers = excluded.numbers, detail = excluded.detail, session = excluded.session, turn = excluded.turn
    WHERE kept.session <> excluded.session OR kept.turn < excluded.turn`
}

function sealing(schema: string): string {
  return `WITH given AS (
      SELECT * FROM json_to_recordset($1::text::json)
        AS g (shelf smallint, start bigint, writer text, numbers text, detail text, stays boolean)),
    same AS (
      SELECT b.shelf, b.start, b.writer FROM ${schema}.boxes b
      JOIN given g ON b.shelf = g.shelf AND b.start = g.start AND b.writer = g.writer
      WHERE encode(sha256(b.numbers), 'hex') = g.numbers AND encode(sha256(b.detail), 'hex') = g.detail
      ORDER BY b.shelf, b.start, b.writer FOR UPDATE OF b
    ),
    verdict AS (SELECT count(*) = (SELECT count(*) FROM given) AS won FROM same),
    gone AS (
      DELETE FROM ${schema}.boxes b USING verdict, given g
      WHERE won AND NOT g.stays AND b.shelf = g.shelf AND b.start = g.start AND b.writer = g.writer
    ),
    put AS (${insertion(schema, `SELECT n.* FROM (${rowsOf('$2', '$3')}) n, verdict WHERE won`, '$4', '$5')})
    SELECT won FROM verdict`
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Makes `next` of `from` in one statement, if all of `from` are as given: compared by digests, which spares their journey. */
export async function seal(
  session: Session,
  next: readonly Box[],
  from: readonly Box[],
  mark: readonly [string, string]
): Promise<boolean> {
  const given = new Map(from.map((box) => [nameOf(box), box]))
  const named = new Set(next.map(nameOf))
  // What stays as it is was compared and is locked: it need not be written again.
  const changed = next.filter((box) => {
    const before = given.get(nameOf(box))
    return before === undefined || !same(before.numbers, box.numbers) || !same(before.detail, box.detail)
  })
  const places = [...given].map(([name, { tier, start, writer, numbers, detail }]) => {
    const place = { shelf: shelfOf(tier, writer === '*'), start, writer }
    return { ...place, numbers: digest(numbers), detail: digest(detail), stays: named.has(name) }
  })
  const values = [JSON.stringify(places), ...new Parcel().add(changed).bound, ...mark]
  const { rows } = await session.run(sealing(session.schema), values)
  return rows[0]?.[0] === 't'
}

/** Base64 takes two thirds of the hexadecimal digits that PostgreSQL sends by itself, and half of the time to read. */
function bytesOf(text: string | null | undefined): Uint8Array {
  if (text === null || text === undefined || text === '') return NOTHING
  const bytes = Buffer.from(text, 'base64')
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** How many boxes to ask for after these. */
function sizeAfter(boxes: readonly Box[]): number {
  const bytes = boxes.reduce((sum, { numbers, detail }) => sum + numbers.length + detail.length, 0)
  return Math.max(PAGE.least, Math.min(Math.round((PAGE.bytes * boxes.length) / Math.max(1, bytes)), PAGE.most))
}

interface Page {
  readonly rows: readonly Row[]
  readonly size: number
  /** What was said to be known. */
  readonly held: ReadonlyMap<string, Held>
}

function selection(schema: string, detail: boolean): string {
  // A box that is held here is named by its start and the call that has put it, and not sent.
  return `SELECT b.start, b.writer, b.session || ' ' || b.turn,
      CASE WHEN concat_ws(' ', b.start, b.session, b.turn) = ANY (string_to_array($6, ',')) THEN NULL
        ELSE encode(b.numbers, 'base64') END${detail ? `, encode(b.detail, 'base64')` : ''}
    FROM (SELECT * FROM ${schema}.boxes
      WHERE shelf = $1 AND (start, writer) > ($2::bigint, $3) AND start < $4
      ORDER BY start, writer LIMIT $5::text::bigint) b
    ORDER BY b.start, b.writer`
}

/** Boxes by start and writer; the next page is on its way while one is read. */
export async function* readBoxes(session: Session, selector: BoxSelector, known: Known): AsyncGenerator<Box> {
  const { tier, which, from, to, detail } = selector
  const shelf = shelfOf(tier, which === 'sealed')
  const sql = selection(session.schema, detail)
  const page = (start: string, writer: string, size: number): Promise<Page> => {
    const all = detail || which === 'open' ? [] : known.within(shelf, Number(start), to)
    // What was there before is asked for at once.
    const most = size === PAGE.first ? Math.min(all.length + size, PAGE.most) : size
    const held = new Map(all.slice(0, most).map((each) => [`${each.start} ${each.put}`, each]))
    const names = [...held.keys()].join(',')
    const asked = session
      .again(sql, [`${shelf}`, start, writer, whole(to), String(most), names])
      .then(({ rows }) => ({ rows, size: most, held }))
    // Nobody may ever ask for it.
    asked.catch(() => undefined)
    return asked
  }
  let next: Promise<Page> | undefined = page(whole(from), '', PAGE.first)
  while (next !== undefined) {
    const reply: Page = await next
    const { rows, size, held } = reply
    const boxes: readonly Box[] = rows.map((row) => boxOf(tier, row, held))
    const last: Row | undefined = rows.length === size ? rows.at(-1) : undefined
    next = last === undefined ? undefined : page(String(last[0]), String(last[1]), sizeAfter(boxes))
    for (const [place, box] of boxes.entries()) {
      session.check()
      if (which === 'sealed')
        known.hold({ shelf, start: box.start, put: String(rows[place]?.[2]), numbers: box.numbers })
      yield box
    }
  }
}

function boxOf(tier: Tier, [start, writer, put, numbers, detail]: Row, held: ReadonlyMap<string, Held>): Box {
  const same = numbers === null ? held.get(`${start} ${put}`) : undefined
  return {
    tier,
    start: Number(start),
    writer: String(writer),
    numbers: same?.numbers ?? bytesOf(numbers),
    detail: bytesOf(detail),
  }
}

/** Deletes boxes that start before `before`, in short steps; answers how many. */
export async function pruneBoxes(session: Session, shelves: readonly number[], before: number): Promise<number> {
  const { schema } = session
  const sql = `DELETE FROM ${schema}.boxes WHERE (shelf, start, writer) IN (
    SELECT shelf, start, writer FROM ${schema}.boxes WHERE shelf = $1 AND start < $2 ORDER BY start LIMIT ${PRUNED})`
  let gone = 0
  for (const shelf of shelves) gone += await inSteps(session, sql, [`${shelf}`, whole(before)], PRUNED)
  return gone
}

/** Runs a statement until it changes fewer than `step` rows; answers how many it changed in all. */
export async function inSteps(session: Session, sql: string, values: readonly Bound[], step: number): Promise<number> {
  let all = 0
  for (;;) {
    const { count } = await session.again(sql, values)
    all += count
    if (count < step) return all
  }
}

const FURTHEST = 9_000_000_000_000_000

/** A moment as PostgreSQL's bigint: `start < 1.5` and `start < 2` choose the same, and so do all beyond any clock. */
export function whole(time: number): string {
  return String(Math.ceil(Math.max(-FURTHEST, Math.min(time, FURTHEST))))
}
