import { resolve } from 'node:path'
import type { KeptEvent } from '../core/event.ts'
import { TIERS, type Tier } from '../core/tiers.ts'
import { type Clock, systemClock } from '../core/time.ts'
import type { Batch, Box, BoxSelector, EventSelector, Name, Prunable, Size, StorageDriver } from './driver.ts'
import { type Journal, logOf } from './sqlite/connect.ts'
import { claimIds, keepClaims, pruneClaims } from './sqlite/claims.ts'
import type { EngineName, Value } from './sqlite/engine.ts'
import { countEvents, pruneEvents, putEvents, readEvents, trimEvents } from './sqlite/events.ts'
import { bytesAt, freeAt } from './sqlite/file.ts'
import { type Prepare, Session } from './sqlite/session.ts'

/** How a file is used; the defaults suit nearly everybody. */
export interface SqliteOptions {
  /** Who brings SQLite: Node itself (`node:sqlite`), or better-sqlite3 where the app has it; `auto` takes what there is. */
  readonly engine?: EngineName
  /** `rollback` never uses WAL; `auto` uses it wherever it is sound. */
  readonly journal?: Journal
  /** How long a lock of another process is waited for, ms. */
  readonly patience?: number
  /** About how many bytes the file will take at most: in a small one the log is kept short. Default 256 MB. */
  readonly maxSize?: number
  readonly clock?: Clock
}

const NOTHING = new Uint8Array(0)
/** Boxes read, or deleted, at once: a few megabytes, a few milliseconds. */
const PAGE = { detail: 32, numbers: 128, pruned: 64 }
const NAMES_PAGE = 1_000
const VACUUM = { pages: 256, steps: 16 }

// An empty array is bound as NULL by some versions of Node.
const PUT_BOX = `INSERT INTO boxes (shelf, start, writer, bytes, numbers, detail)
  VALUES (?, ?, ?, ?, coalesce(?, x''), coalesce(?, x''))
  ON CONFLICT (shelf, start, writer) DO UPDATE
  SET bytes = excluded.bytes, numbers = excluded.numbers, detail = excluded.detail`
const SAME_BOX = `SELECT 1 FROM boxes WHERE shelf = ? AND start = ? AND writer = ?
  AND numbers = coalesce(?, x'') AND detail = coalesce(?, x'')`
const PUT_NAME = `INSERT INTO names (id, text, seen) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET text = excluded.text, seen = max(seen, excluded.seen)`

const shelfOf = (tier: Tier, sealed: boolean): number => TIERS.indexOf(tier) * 2 + (sealed ? 1 : 0)
const placeOf = (box: Box): [number, number, string] => [shelfOf(box.tier, box.writer === '*'), box.start, box.writer]

function bytesOf(value: Value | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) return NOTHING
  // better-sqlite3 gives a Buffer, whose slice() is not a copy.
  return value.constructor === Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.length)
}

function putBox(prepare: Prepare, box: Box): void {
  prepare(PUT_BOX).run(...placeOf(box), box.numbers.length + box.detail.length, box.numbers, box.detail)
}

/** Keeps everything in one SQLite file; see `sqlite()`. */
export class SqliteDriver implements StorageDriver {
  readonly name = 'sqlite'
  readonly path: string
  readonly options: SqliteOptions
  readonly #session: Session
  /** A longer log is folded back and cut after pruning. */
  readonly #longLog: number
  /** How often sealed boxes or names were changed through this connection. */
  #changes = 0

  constructor(path: string, options: SqliteOptions) {
    this.path = resolve(path)
    this.options = options
    const { engine = 'auto', journal = 'auto', patience = 5_000, clock = systemClock, maxSize = 256e6 } = options
    this.#longLog = logOf(maxSize).limit
    this.#session = new Session({ path: this.path, engine, journal, patience, maxSize, clock })
  }

  /** What the operator should know, in a sentence; undefined when all is well. */
  get problem(): string | undefined {
    return this.#session.problem
  }

  open(): Promise<void> {
    return this.#session.open()
  }

  async close(): Promise<void> {
    this.#session.close()
  }

  async put(batch: Batch): Promise<void> {
    await this.#session.sameFile()
    await this.#session.write((prepare) => {
      if (batch.names.length > 0 || batch.boxes.some(({ writer }) => writer === '*')) this.#changes++
      for (const box of batch.boxes) putBox(prepare, box)
      for (const { id, text } of batch.names) prepare(PUT_NAME).run(id, text, batch.time)
      putEvents(prepare, batch.events, batch.time)
      if (batch.claims !== undefined) keepClaims(prepare, batch.claims)
    })
  }

  async *boxes({ tier, which, from, to, detail }: BoxSelector): AsyncGenerator<Box> {
    const size = detail ? PAGE.detail : PAGE.numbers
    const columns = detail ? 'start, writer, numbers, detail' : 'start, writer, numbers'
    const sql = `SELECT ${columns} FROM boxes WHERE shelf = ? AND (start, writer) > (?, ?) AND start < ?
      ORDER BY start, writer LIMIT ${size}`
    let after: [number, string] = [from, '']
    for (let full = true; full;) {
      const page = await this.#session.read((prepare) =>
        prepare(sql).all(shelfOf(tier, which === 'sealed'), ...after, to)
      )
      for (const row of page) {
        after = [Number(row['start']), String(row['writer'])]
        yield {
          tier,
          start: after[0],
          writer: after[1],
          numbers: bytesOf(row['numbers']),
          detail: bytesOf(row['detail']),
        }
      }
      full = page.length === size
    }
  }

  /** Which connection it is, what others have committed, and what it changed itself. */
  version(): Promise<string> {
    const others = (prepare: Prepare): number => Number(prepare('PRAGMA data_version').get()?.['data_version'])
    return this.#session.read((prepare) => `${this.#session.lines} ${others(prepare)} ${this.#changes}`)
  }

  seal(next: readonly Box[], from: readonly Box[]): Promise<boolean> {
    return this.#session.write((prepare) => {
      const kept = (box: Box): boolean => prepare(SAME_BOX).get(...placeOf(box), box.numbers, box.detail) !== undefined
      if (!from.every(kept)) return false
      this.#changes++
      for (const box of from)
        prepare('DELETE FROM boxes WHERE shelf = ? AND start = ? AND writer = ?').run(...placeOf(box))
      for (const box of next) putBox(prepare, box)
      return true
    })
  }

  async *names(ids?: readonly string[]): AsyncGenerator<Name> {
    for (let after = '', at = 0; ; at += NAMES_PAGE) {
      const some = ids?.slice(at, at + NAMES_PAGE)
      const page = await this.#session.read((prepare) =>
        some === undefined
          ? prepare(`SELECT id, text FROM names WHERE id > ? ORDER BY id LIMIT ${NAMES_PAGE}`).all(after)
          : prepare('SELECT id, text FROM names WHERE id IN (SELECT value FROM json_each(?))').all(JSON.stringify(some))
      )
      for (const { id, text } of page) yield { id: String(id), text: String(text) }
      after = String(page.at(-1)?.['id'])
      if (ids === undefined ? page.length < NAMES_PAGE : at + NAMES_PAGE >= ids.length) return
    }
  }

  events(selector: EventSelector): AsyncIterable<KeptEvent> {
    return readEvents(this.#session, selector)
  }

  claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    return claimIds(this.#session, ids, owner, now)
  }

  async prune(what: Prunable, before: number): Promise<number> {
    const gone = await this.#prune(what, before)
    if (gone > 0) await this.#giveBack()
    return gone
  }

  async #prune(what: Prunable, before: number): Promise<number> {
    if (what === 'events') return pruneEvents(this.#session, before)
    if (what === 'claims') return pruneClaims(this.#session, before)
    if (what === 'names') return this.#delete('DELETE FROM names WHERE seen < ?', before)
    const shelves = what === 'open' ? TIERS.map((tier) => shelfOf(tier, false)) : [shelfOf(what, true)]
    const sql = `DELETE FROM boxes WHERE id IN
      (SELECT id FROM boxes WHERE shelf = ? AND start < ? LIMIT ${PAGE.pruned})`
    let gone = 0
    for (const shelf of shelves) {
      for (let step = PAGE.pruned; step === PAGE.pruned; gone += step) {
        if (gone > 0) await this.#session.rest()
        step = await this.#delete(sql, shelf, before)
      }
    }
    return gone
  }

  #delete(sql: string, ...values: readonly number[]): Promise<number> {
    return this.#session.write((prepare) => {
      this.#changes++
      return prepare(sql).run(...values)
    })
  }

  /** Gives free pages back to the file system once they are a quarter of the file, in short steps, and cuts a long log. */
  async #giveBack(): Promise<void> {
    for (let step = 0; step < VACUUM.steps; step++) {
      const { pages, free } = await this.#session.read(pagesOf)
      if (free < VACUUM.pages || free * 4 < pages) break
      if (step > 0) await this.#session.rest()
      await this.#session.tidy(`PRAGMA incremental_vacuum(${VACUUM.pages})`)
    }
    if (bytesAt(this.path).wal > this.#longLog) await this.#session.tidy('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  trim(rows: number): Promise<number> {
    return trimEvents(this.#session, rows)
  }

  get(key: string): Promise<string | undefined> {
    return this.#session.read((prepare) => documentOf(prepare, key))
  }

  swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    return this.#session.write((prepare) => {
      if (documentOf(prepare, key) !== seen) return false
      if (next === undefined) prepare('DELETE FROM documents WHERE key = ?').run(key)
      else prepare('INSERT OR REPLACE INTO documents (key, value) VALUES (?, ?)').run(key, next)
      return true
    })
  }

  size(): Promise<Size> {
    return this.#session.read((prepare) => {
      const { pages, free, page } = pagesOf(prepare)
      const tiers: Record<string, number> = { open: 0 }
      for (const row of prepare('SELECT shelf, sum(bytes) AS bytes FROM boxes GROUP BY shelf').all()) {
        const shelf = Number(row['shelf'])
        const tier = shelf % 2 === 0 ? 'open' : TIERS[(shelf - 1) / 2]
        if (tier !== undefined) tiers[tier] = (tiers[tier] ?? 0) + Number(row['bytes'])
      }
      const { file: fileBytes, wal } = bytesAt(this.path)
      const bytes = (pages - free) * page + wal
      const claims = Number(prepare('SELECT count(*) AS ids FROM claims').get()?.['ids'])
      return { bytes, fileBytes, ...freeAt(this.path), events: countEvents(prepare), claims, tiers }
    })
  }
}

function documentOf(prepare: Prepare, key: string): string | undefined {
  const value = prepare('SELECT value FROM documents WHERE key = ?').get(key)?.['value']
  return value === undefined ? undefined : String(value)
}

function pagesOf(prepare: Prepare): { pages: number; free: number; page: number } {
  const read = (name: string): number => Number(prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
  return { pages: read('page_count'), free: read('freelist_count'), page: read('page_size') }
}

/** Keeps everything in the SQLite file at `path`, which is made when there is none; several processes may share it. */
export function sqlite(path: string, options: SqliteOptions = {}): StorageDriver {
  return new SqliteDriver(path, options)
}
