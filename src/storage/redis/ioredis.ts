import { readFileSync } from 'node:fs'
import { MetricsError } from '../../errors.ts'
import { type Argument, type Line, type Reply, within } from './line.ts'
import type { Target, Tls } from './url.ts'

/** What we use of a client of ioredis, versions 5 and 6, be it of a server or of a cluster. */
export interface IoClient {
  callBuffer(...args: never[]): unknown
}

// Arguments as one list: so many that they may be, they would not fit on the stack.
type Send = (command: string, args: readonly Argument[]) => Promise<Reply>

interface OwnClient {
  callBuffer(command: string, args: readonly Argument[]): Promise<Reply>
  connect(): Promise<void>
  disconnect(reconnect?: boolean): void
  on(event: string, listener: (value: unknown) => void): unknown
  readonly stream?: { unref?(): unknown }
}

interface Library {
  readonly Redis: new (options: object) => OwnClient
  readonly Cluster: new (nodes: readonly object[], options: object) => OwnClient
}

/** A connection is given up after this many ms, who we are after `timeout` more. */
const CONNECT = 2_000
const LONG = 10_000
const never = (): null => null

async function load(): Promise<Library> {
  try {
    const module = (await import('ioredis')) as unknown as Partial<Library> & {
      readonly default?: Library['Redis'] & Library
    }
    const { Redis = module.default, Cluster = module.default?.Cluster } = module
    if (Redis !== undefined && Cluster !== undefined) return { Redis, Cluster }
    throw new Error('it has no Redis and Cluster')
  } catch (cause) {
    throw new MetricsError(
      'missing_package',
      'Redis needs the package ioredis, version 5 or later, which this app does not have',
      {
        cause,
        hint: 'run: npm install ioredis',
      }
    )
  }
}

/** Connects; rejects with what the server or the socket said. Nothing is queued, sent again or connected anew behind our back. */
export async function dial(target: Target, timeout: number): Promise<Line> {
  const library = await load()
  const client = clientOf(library, target, timeout)
  const line = new OwnLine(client)
  try {
    await within(client.connect(), CONNECT + timeout, 'the first call')
    // Itself it does not look whether there is such a database, and would go on in another one.
    if (target.db !== 0) await client.callBuffer('SELECT', [target.db])
    line.ready()
    return line
  } catch (error) {
    line.end()
    const said = line.broken ?? error
    // A server that knows no TLS waits for the rest of what to it is half a command.
    const silent = target.tls !== undefined && /ETIMEDOUT|timeout/i.test(String(said))
    throw silent ? new Error('The TLS handshake was not answered', { cause: said }) : said
  }
}

function clientOf({ Redis, Cluster }: Library, target: Target, timeout: number): OwnClient {
  const { kind, nodes, path, name, db } = target
  const options = { ...serverOptions(target, timeout), lazyConnect: true, enableOfflineQueue: false }
  if (kind === 'cluster') {
    const { lazyConnect, enableOfflineQueue, ...redisOptions } = options
    const cluster = {
      lazyConnect,
      enableOfflineQueue,
      redisOptions,
      clusterRetryStrategy: never,
      slotsRefreshTimeout: CONNECT,
      slotsRefreshInterval: 0,
    }
    // With TLS the names in certificates are those that the cluster gives, not their addresses.
    const lookup = (address: string, found: (error: null, address: string) => void): void => found(null, address)
    return new Cluster(nodes, target.tls === undefined ? cluster : { ...cluster, dnsLookup: lookup })
  }
  if (kind === 'sentinel') {
    const { sentinelUsername, sentinelPassword, tls } = target
    return new Redis({
      ...options,
      db,
      sentinels: nodes,
      name,
      sentinelUsername,
      sentinelPassword,
      sentinelRetryStrategy: never,
      sentinelCommandTimeout: timeout,
      ...(tls === undefined ? {} : { sentinelTLS: tlsOf(tls), enableTLSForSentinelMode: true }),
    })
  }
  return new Redis({ ...options, db, ...(path === undefined ? nodes[0] : { path }) })
}

function serverOptions({ username, password, tls }: Target, timeout: number): object {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls: tlsOf(tls) }),
    connectTimeout: CONNECT,
    // Long commands are given more time; the session, which knows how long they are, gives them up.
    commandTimeout: timeout + LONG,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    retryStrategy: never,
    // A server that is loading says so itself; INFO is not allowed to everybody.
    enableReadyCheck: false,
    protocol: 2,
    connectionName: 'pocketmetrics',
    disableClientInfo: true,
  }
}

function tlsOf({ ca, cert, key, servername, verify }: Tls): object {
  const files = Object.entries({ ca, cert, key }).flatMap(([name, path]) =>
    path === undefined ? [] : [[name, contentOf(path)]]
  )
  return {
    ...Object.fromEntries(files),
    ...(servername === undefined ? {} : { servername }),
    ...(verify === false ? { rejectUnauthorized: false } : {}),
  }
}

function contentOf(path: string): string | Buffer {
  if (path.includes('-----BEGIN')) return path
  try {
    return readFileSync(path)
  } catch (cause) {
    const hint = 'look at ca, cert and key in the storage URL'
    throw new MetricsError('bad_option', `The file ${path} cannot be read`, {
      cause,
      parameter: 'storage',
      hint,
    })
  }
}

class OwnLine implements Line {
  readonly #client: OwnClient
  #broken: unknown
  #ended = false

  constructor(client: OwnClient) {
    this.#client = client
    // Without a listener an `error` would end the process, or be printed.
    client.on('error', (error) => (this.#broken ??= error))
    client.on('node error', (error) => (this.#broken ??= error))
    // Of a cluster.
    client.on('+node', (node) => (node as OwnClient).on('ready', () => unref(node as OwnClient)))
    client.on('end', () => (this.#broken ??= new Error('Connection is closed.')))
  }

  /** What went wrong on the way to a connection is over. */
  ready(): void {
    this.#broken = undefined
    unref(this.#client)
  }

  get broken(): unknown {
    return this.#broken
  }

  send(command: string, args: readonly Argument[]): Promise<Reply> {
    return this.#client.callBuffer(command, args)
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#client.disconnect(false)
  }
}

/** What is under way has a timer of its own; an open connection alone keeps no process alive. */
function unref({ stream }: OwnClient): void {
  stream?.unref?.()
}

/** The app's own client as a line. */
export function lineOfIoredis(client: IoClient): Line {
  const send = client.callBuffer.bind(client) as unknown as Send
  return { broken: undefined, send: (command, args) => send(command, args), end: () => undefined }
}
