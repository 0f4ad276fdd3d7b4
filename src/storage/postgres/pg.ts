import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { MetricsError } from '../../errors.ts'
import type { Address } from './address.ts'
import { type Bound, type Line, Overdue, type Reply, within } from './line.ts'

interface Result {
  readonly rows: (string | null)[][]
  readonly rowCount: number | null
}

/** What we use of a client of `pg`. */
interface Client {
  query(config: object): Promise<Result | Result[]>
  release(broken?: boolean): void
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** What we use of a pool of `pg`. */
export interface PgPool {
  readonly totalCount: number
  connect(): Promise<Client>
  end(): Promise<void>
  on(event: 'error', listener: () => void): unknown
}

type PoolClass = new (config: object) => PgPool

/** Loads the app's copy of `pg`, seen from this package or from the folder where the app was started. */
function poolClass(): PoolClass {
  for (const base of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return (process.getBuiltinModule('node:module').createRequire(base)('pg') as { Pool: PoolClass }).Pool
    } catch {
      continue
    }
  }
  throw new MetricsError('missing_package', 'PostgreSQL is spoken to with the package pg, which is not installed', {
    hint: 'run: npm install pg',
  })
}

function fileOf(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MetricsError('storage_unwritable', `A certificate for PostgreSQL cannot be read: ${path}`, {
      cause,
      hint: 'check sslrootcert, sslcert and sslkey of the storage URL',
    })
  }
}

function tlsOf({ ssl, ca, cert, key }: Address): ConnectionOptions | false {
  if (ssl === 'disable' || ssl === undefined) return false
  const files = Object.entries({ ca: fileOf(ca), cert: fileOf(cert), key: fileOf(key) })
  return {
    ...Object.fromEntries(files.filter(([, text]) => text !== undefined)),
    // As in PostgreSQL's own clients: `require` encrypts and does not ask who is there, unless told whom to trust.
    rejectUnauthorized: ssl !== 'require' || ca !== undefined,
    ...(ssl === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  }
}

/** What a pool of our own is made with. */
export interface PgOptions {
  readonly address: Address
  readonly connections: number
  /** How long a statement may run, ms: told to the server, too, where that is allowed. */
  readonly timeout: number
  readonly tls: ConnectionOptions | undefined
}

function configOf({ address, connections, timeout, tls }: PgOptions, bounded: boolean): object {
  const { host, port, user, password, database, ssl } = address
  const said = { host, port, user, password, database }
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(tls !== undefined || ssl !== undefined ? { ssl: tls ?? tlsOf(address) } : {}),
    max: connections,
    connectionTimeoutMillis: timeout,
    idleTimeoutMillis: 60_000,
    // Behind a balancer, or after a failover, a new connection may have a better place.
    maxLifetimeSeconds: 600,
    // An idle connection does not keep the app from ending.
    allowExitOnIdle: true,
    keepAlive: true,
    application_name: 'pocketmetrics',
    // Sooner than we give up: a connection on which something took too long stays whole then.
    ...(bounded ? { statement_timeout: Math.ceil(timeout * 0.9) } : {}),
  }
}

/** A pooler, such as PgBouncer, that takes no settings with the start of a connection. */
function refusesSettings(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return ['08P01', '0A000'].includes(String(code)) && /parameter|option/i.test(String(message))
}

/** Whether a connection is of no use after an error. What the server itself has refused leaves it whole. */
function spoils(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown }
  // After a failover the old primary is read-only, and a new connection may lead to the new one.
  return severity !== 'ERROR' || code === '25006'
}

const TEXTS = { getTypeParser: () => (text: string) => text }
const ignore = (): void => undefined

/** One use of one connection, given back once: whole, or to be thrown away. */
class Turn {
  #client: Client | undefined
  #over = false

  begin(client: Client): void {
    if (this.#over) {
      client.release()
      throw new Overdue()
    }
    this.#client = client
    // A connection that breaks says so twice, and the second time to nobody: that would end the app.
    client.on('error', ignore)
  }

  async query(config: object): Promise<Reply> {
    const result = await this.#client!.query(config)
    const { rows, rowCount } = Array.isArray(result) ? result.at(-1)! : result
    return { rows, count: rowCount ?? rows.length }
  }

  end(broken: boolean): void {
    this.#over = true
    const client = this.#client
    this.#client = undefined
    if (!broken) client?.off('error', ignore)
    client?.release(broken)
  }
}

/** Statements over a pool of `pg`; nothing is prepared by name, so that it works through any pooler. */
export class PgLine implements Line {
  readonly #pool: PgPool

  constructor(pool: PgPool) {
    this.#pool = pool
  }

  run(text: string, values: readonly Bound[], ms: number): Promise<Reply> {
    const turn = new Turn()
    return within(this.#steps(turn, text, values), ms, () => turn.end(true))
  }

  async #steps(turn: Turn, text: string, values: readonly Bound[]): Promise<Reply> {
    turn.begin(await this.#pool.connect())
    try {
      const reply = await turn.query({ text, rowMode: 'array', types: TEXTS, ...(values.length > 0 ? { values } : {}) })
      turn.end(false)
      return reply
    } catch (error) {
      turn.end(spoils(error))
      throw error
    }
  }

  async close(): Promise<void> {}
}

/** A few connections of our own. */
export class OwnLine implements Line {
  readonly #options: PgOptions
  #bounded = true
  #pool: PgPool

  constructor(options: PgOptions) {
    this.#options = options
    this.#pool = this.#make()
  }

  async run(text: string, values: readonly Bound[], ms: number): Promise<Reply> {
    const pool = this.#pool
    try {
      return await new PgLine(pool).run(text, values, ms)
    } catch (error) {
      if (!this.#bounded && pool === this.#pool) throw error
      if (!refusesSettings(error)) throw error
      if (pool === this.#pool) this.#unbind()
      return new PgLine(this.#pool).run(text, values, ms)
    }
  }

  #unbind(): void {
    this.#bounded = false
    this.#pool.end().catch(ignore)
    this.#pool = this.#make()
  }

  async close(): Promise<void> {
    await within(this.#pool.end(), 1_000, ignore).catch(ignore)
  }

  #make(): PgPool {
    const pool = new (poolClass())(configOf(this.#options, this.#bounded))
    // A connection that breaks while it is idle is nobody's trouble: the next call makes another.
    pool.on('error', ignore)
    return pool
  }
}
