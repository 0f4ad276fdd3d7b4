import type { ConnectionOptions } from 'node:tls'
import type { KeptEvent } from '../core/event.ts'
import { TIERS } from '../core/tiers.ts'
import { type Clock, DAY, systemClock } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import { DEAD_AFTER, takenOver } from './claims.ts'
import type { Batch, Box, BoxSelector, EventSelector, Name, Prunable, Size, StorageDriver, Tenant } from './driver.ts'
import { addressOf, isMisread, isSchema } from './postgres/address.ts'
import { inSteps, pruneBoxes, readBoxes, seal, shelfOf, whole } from './postgres/boxes.ts'
import { Echo } from './postgres/echo.ts'
import { pruneEvents, readEvents, trimEvents } from './postgres/events.ts'
import { isRefusal } from './postgres/faults.ts'
import { Known } from './postgres/known.ts'
import type { Line } from './postgres/line.ts'
import { OwnLine, PgLine, type PgPool } from './postgres/pg.ts'
import { PostgresJsLine, type Sql } from './postgres/postgresjs.ts'
import { putting } from './postgres/put.ts'
import { Session } from './postgres/session.ts'
import { sizeOf } from './postgres/size.ts'

/** How a database is used; the defaults suit nearly everybody. */
export interface PostgresOptions {
  /** The schema that holds the tables, made when there is none; also `?schema=` of the URL. Default `pocketmetrics`. */
  readonly schema?: string
  /** Connections at most. Default 2. */
  readonly connections?: number
  /** How long a call may take, ms. Default 5,000. */
  readonly timeout?: number
  /** Node's options for an encrypted connection, where those of the URL do not suffice. */
  readonly tls?: ConnectionOptions
  readonly clock?: Clock
}

const NAMES_PAGE = 1_000
/** The apps whose metrics are kept here, by their names. */
const APPS = 'apps'
/** Ids claimed, and rows deleted, at once. */
const STEP = 2_000

/** Keeps everything in one schema of a PostgreSQL database; see `postgres()`. */
export class PostgresDriver implements StorageDriver {
  readonly name = 'postgres'
  readonly #url: string | undefined
  readonly #options: PostgresOptions
  readonly #session: Session
  /** Tells the puts of this driver from those of others, and by their order. */
  readonly #own = String(Math.floor(Math.random() * 2 ** 48))
  readonly #echo: Echo
  readonly #known = new Known()
  #turns = 0
  #app: string | undefined
  #caution: string | undefined

  constructor(target: string | PgPool | Sql, options: PostgresOptions = {}) {
    const { timeout = 5_000, clock = systemClock } = options
    const way = wayTo(target, options, timeout)
    this.#url = typeof target === 'string' ? target : undefined
    this.#options = options
    this.#echo = new Echo(clock)
    this.#session = new Session({ connect: way.connect, schema: `"${way.schema}"`, timeout, clock })
  }

  /** The URL, with what is secret in it; undefined over a pool of the app's own. */
  get url(): string | undefined {
    return this.#url
  }

  get options(): PostgresOptions {
    return this.#options
  }

  /** What the operator should know, in a sentence; undefined when all is well. */
  get problem(): string | undefined {
    return this.#session.problem ?? this.#caution
  }

  admit({ app }: Tenant): void {
    this.#app = app
  }

  async open(): Promise<void> {
    await this.#session.open()
    // What it finds is good to know, and nothing that a store must wait for again.
    await this.#join().catch(() => undefined)
  }

  /** Apps that share a schema add up in every answer: that may be meant, and is said when another one comes. */
  async #join(): Promise<void> {
    if (this.#app === undefined) return
    const seen = await this.get(APPS)
    const apps = seen === undefined ? [] : (JSON.parse(seen) as string[])
    if (apps.includes(this.#app)) return
    const isFirst = !(await this.swap(APPS, seen, JSON.stringify([...apps, this.#app]))) || apps.length === 0
    if (isFirst) return
    const others = apps.slice(0, 3).join(', ')
    this.#caution = `the schema ${this.#session.schema} in PostgreSQL already holds metrics of ${others}, and those of ${this.#app} now add up with them; give this app a schema of its own (?schema=…) unless that is meant`
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async put(batch: Batch): Promise<void> {
    const moment = this.#echo.now
    const names = this.#echo.with(batch.names, moment)
    const { text, values } = putting(this.#session.schema, { ...batch, names }, this.#mark())
    try {
      await this.#session.again(text, values)
      this.#echo.kept(batch.names, moment)
    } catch (error) {
      throw isRefusal((error as MetricsError).cause) ? takenOver() : error
    }
  }

  boxes(selector: BoxSelector): AsyncIterable<Box> {
    return readBoxes(this.#session, selector, this.#known)
  }

  seal(next: readonly Box[], from: readonly Box[]): Promise<boolean> {
    return seal(this.#session, next, from, this.#mark())
  }

  async *names(ids?: readonly string[]): AsyncGenerator<Name> {
    const from = `SELECT id, text FROM ${this.#session.schema}.names WHERE`
    const next = `${from} id > $1 ORDER BY id LIMIT ${NAMES_PAGE}`
    const some = `${from} id IN (SELECT json_array_elements_text($1::text::json))`
    for (let after = '', at = 0; ; at += NAMES_PAGE) {
      const value = ids === undefined ? after : JSON.stringify(ids.slice(at, at + NAMES_PAGE))
      const { rows } = await this.#session.again(ids === undefined ? next : some, [value])
      for (const [id, text] of rows) yield { id: String(id), text: String(text) }
      after = String(rows.at(-1)?.[0])
      if (ids === undefined ? rows.length < NAMES_PAGE : at + NAMES_PAGE >= ids.length) return
    }
  }

  events(selector: EventSelector): AsyncIterable<KeptEvent> {
    return readEvents(this.#session, selector)
  }

  async claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    const sql = `INSERT INTO ${this.#session.schema}.claims AS c (id, owner, at, kept)
      SELECT DISTINCT id COLLATE "C", $2, $3::text::double precision, false
      FROM json_array_elements_text($1::text::json) AS id ORDER BY 1
      ON CONFLICT (id) DO UPDATE
      SET owner = excluded.owner, at = excluded.at, kept = c.kept AND c.owner = excluded.owner
      WHERE c.owner = excluded.owner OR c.at <= excluded.at - ${DAY} OR (NOT c.kept AND c.at <= excluded.at - ${DEAD_AFTER})
      RETURNING id`
    const got = new Set<string | null | undefined>()
    this.#session.check()
    for (let at = 0; at < ids.length; at += STEP) {
      const values = [JSON.stringify(ids.slice(at, at + STEP)), owner, String(now)]
      for (const [id] of (await this.#session.again(sql, values)).rows) got.add(id)
    }
    return ids.map((id) => got.has(id))
  }

  async prune(what: Prunable, before: number): Promise<number> {
    const { schema } = this.#session
    if (what === 'events') return pruneEvents(this.#session, before)
    if (what === 'claims' || what === 'names') {
      const column = what === 'claims' ? 'at' : 'seen'
      const old = `SELECT id FROM ${schema}.${what} WHERE ${column} < $1::text::double precision LIMIT ${STEP}`
      return inSteps(this.#session, `DELETE FROM ${schema}.${what} WHERE id IN (${old})`, [whole(before)], STEP)
    }
    const shelves = what === 'open' ? TIERS.map((tier) => shelfOf(tier, false)) : [shelfOf(what, true)]
    return pruneBoxes(this.#session, shelves, before)
  }

  trim(rows: number): Promise<number> {
    return trimEvents(this.#session, rows)
  }

  async get(key: string): Promise<string | undefined> {
    const sql = `SELECT value FROM ${this.#session.schema}.documents WHERE key = $1`
    return (await this.#session.again(sql, [key])).rows[0]?.[0] ?? undefined
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    const documents = `${this.#session.schema}.documents`
    if (seen === undefined && next === undefined) return (await this.get(key)) === undefined
    const [sql, values] =
      seen === undefined
        ? [`INSERT INTO ${documents} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, [key, next ?? '']]
        : next === undefined
          ? [`DELETE FROM ${documents} WHERE key = $1 AND value = $2`, [key, seen]]
          : [`UPDATE ${documents} SET value = $3 WHERE key = $1 AND value = $2`, [key, seen, next]]
    return (await this.#session.run(sql, values)).count === 1
  }

  size(): Promise<Size> {
    return sizeOf(this.#session)
  }

  #mark(): readonly [string, string] {
    return [this.#own, String(++this.#turns)]
  }
}

function bad(problem: string, fix: string): MetricsError {
  const hint = `${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`
  return new MetricsError('bad_option', `The storage in PostgreSQL ${problem}. ${hint}`, { parameter: 'storage', hint })
}

interface Way {
  readonly schema: string
  readonly connect: () => Line
}

function wayTo(target: string | PgPool | Sql, options: PostgresOptions, timeout: number): Way {
  const { schema, connections = 2, tls } = options
  if (schema !== undefined && !isSchema(schema)) throw bad('has a schema that cannot be', 'use letters, digits and _')
  if (typeof target === 'string') {
    const address = addressOf(target)
    if (isMisread(address)) throw bad(`has a URL that ${address.problem}`, address.fix)
    const connect = (): Line => new OwnLine({ address, connections, timeout, tls })
    return { schema: schema ?? address.schema ?? 'pocketmetrics', connect }
  }
  const named = schema ?? 'pocketmetrics'
  if (isSql(target)) return { schema: named, connect: () => new PostgresJsLine(target) }
  if (isPool(target)) return { schema: named, connect: () => new PgLine(target) }
  throw bad(
    'is given neither a URL nor a pool',
    'give a URL, a Pool of `pg`, or what `postgres()` of the package postgres gives'
  )
}

function isSql(target: unknown): target is Sql {
  return typeof target === 'function' && typeof (target as Partial<Record<keyof Sql, unknown>>).unsafe === 'function'
}

function isPool(target: unknown): target is PgPool {
  const { connect, totalCount } = (target ?? {}) as Partial<Record<keyof PgPool, unknown>>
  return typeof connect === 'function' && typeof totalCount === 'number'
}

/** Keeps everything in a PostgreSQL database: one given by URL, or the app's own pool of `pg` or `postgres`. */
export function postgres(target: string | PgPool | Sql, options: PostgresOptions = {}): StorageDriver {
  return new PostgresDriver(target, options)
}
