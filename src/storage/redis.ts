import { randomBytes } from 'node:crypto'
import type { KeptEvent } from '../core/event.ts'
import { DAY } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import { takenOver } from './claims.ts'
import type { Batch, Box, BoxSelector, EventSelector, Name, Prunable, Size, StorageDriver, Tenant } from './driver.ts'
import { Accident } from './redis/accident.ts'
import { Boxes } from './redis/boxes.ts'
import { Calls } from './redis/calls.ts'
import { claimIds } from './redis/claims.ts'
import { checkClient, type Client, lineOf } from './redis/client.ts'
import { Events } from './redis/events.ts'
import { Keys, LIFETIMES, type Lifetimes, lifeOfAll, SHELVES, shelfOf } from './redis/keys.ts'
import { textOf } from './redis/line.ts'
import { dial } from './redis/ioredis.ts'
import { forget, readNames } from './redis/names.ts'
import { putOf, sealOf } from './redis/parcels.ts'
import { BEGIN, PUT, VERSION } from './redis/putting.ts'
import { SEAL, SWAP } from './redis/scripts.ts'
import { Session } from './redis/session.ts'
import { measure } from './redis/sizes.ts'
import { targetOf } from './redis/url.ts'
import { sweepWriters } from './redis/writers.ts'

/** How a Redis is used; the defaults suit nearly everybody. */
export interface RedisOptions {
  /** What all keys begin with; apps that share a Redis have one each. Default `pocketmetrics:` and the app's name. */
  readonly prefix?: string
  /** How long a command may take, ms. Default 1,000. */
  readonly timeout?: number
}

/** Keeps everything in one Redis, or Valkey; see `redis()`. */
export class RedisDriver implements StorageDriver {
  readonly name = 'redis'
  /** Undefined beside a client of the app's own. */
  readonly url: string | undefined
  readonly options: RedisOptions
  readonly #session: Session
  readonly #prefix: string | undefined
  #keys: Keys
  #boxes: Boxes
  #events: Events
  #lifetimes: Lifetimes
  readonly #calls = new Calls()
  #putting: Promise<unknown> = Promise.resolve()
  #opening: Promise<void> | undefined
  #generation: string | undefined
  readonly #accident = new Accident()
  #caution: string | undefined

  constructor(place: string | Client, options: RedisOptions) {
    const { timeout = 1_000 } = options
    const target = typeof place === 'string' ? targetOf(place) : undefined
    if (target === undefined) checkClient(place)
    checkOptions(options)
    this.url = typeof place === 'string' ? place : undefined
    this.options = options
    this.#prefix = options.prefix ?? target?.prefix
    this.#session = new Session({
      timeout,
      dial: async () => (target === undefined ? lineOf(place as Client) : dial(target, timeout)),
    })
    this.#lifetimes = LIFETIMES
    this.#keys = new Keys(this.#prefix ?? 'pocketmetrics')
    this.#boxes = new Boxes(this.#session, this.#keys, this.#lifetimes)
    this.#events = new Events(this.#session, this.#keys)
  }

  admit({ app, kept, events }: Tenant): void {
    this.#lifetimes = { kept, events }
    this.#keys = new Keys(this.#prefix ?? `pocketmetrics:{${app.replaceAll(/[{}]/g, '') || 'app'}}`)
    this.#boxes = new Boxes(this.#session, this.#keys, this.#lifetimes)
    this.#events = new Events(this.#session, this.#keys)
  }

  /** What the operator should know, in a sentence; undefined when all is well. */
  get problem(): string | undefined {
    return this.#session.trouble ?? this.#accident.problem ?? this.#caution
  }

  async open(): Promise<void> {
    this.#session.open()
    if (this.#generation !== undefined) return
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  async #begin(): Promise<void> {
    const { pillars, probe } = this.#keys
    const args = [VERSION, fresh(), lifeOfAll(this.#lifetimes)]
    const said = await this.#session.run(BEGIN, [...pillars, probe], args)
    // A client that makes texts of bytes, as older ones do, would spoil every box.
    if (!Buffer.isBuffer(said)) throw bad('place', 'is a client that gives texts for bytes', OLD)
    const reply = textOf(said)
    if (reply.startsWith('newer')) throw newer()
    this.#generation = reply
    this.#caution = await caution(this.#session, this.#keys)
  }

  async close(): Promise<void> {
    this.#session.close()
  }

  put(batch: Batch): Promise<void> {
    // One at a time: what is put later must also be kept later.
    const turn = this.#putting.then(() => this.#put(batch))
    this.#putting = turn.catch(() => undefined)
    return turn
  }

  async #put(batch: Batch): Promise<void> {
    // A store that was not there at the start is begun by the first batch.
    if (this.#generation === undefined) await this.open()
    const call = { ...this.#calls.next(batch), generation: this.#generation ?? '', lifetimes: this.#lifetimes }
    const { keys, args } = putOf(batch, this.#keys, call)
    const [word, generation] = textOf(await this.#session.run(PUT, keys, args)).split(' ')
    if (word === 'ok') return this.#calls.kept(call, batch)
    if (word === 'taken') throw takenOver()
    if (word === 'newer') throw newer()
    if (word === 'stale')
      throw new MetricsError('storage_busy', 'Redis has taken a later batch of this process already')
    this.#calls.forget()
    if (word !== 'behind') this.#generation = generation
    throw this.#accident.met(word === 'behind')
  }

  boxes(selector: BoxSelector): AsyncIterable<Box> {
    return this.#boxes.read(selector)
  }

  async seal(next: readonly Box[], from: readonly Box[]): Promise<boolean> {
    const { keys, args } = sealOf(next, from, this.#keys, this.#lifetimes)
    return (await this.#session.run(SEAL, keys, args)) === 1
  }

  names(ids?: readonly string[]): AsyncIterable<Name> {
    return readNames(this.#session, this.#keys, ids)
  }

  events(selector: EventSelector): AsyncIterable<KeptEvent> {
    return this.#events.read(selector)
  }

  claim(ids: readonly string[], owner: string, now: number): Promise<readonly boolean[]> {
    return claimIds(this.#session, this.#keys, ids, owner, now)
  }

  async prune(what: Prunable, before: number): Promise<number> {
    const { names, seen, claims, claimTimes, writers } = this.#keys
    if (what === 'names') return forget(this.#session, [names, seen], before, 'i')
    if (what === 'claims') return forget(this.#session, [claims, claimTimes], before, '')
    if (what === 'events') {
      const gone = await this.#events.prune(before)
      // A writer silent for a day longer than events are kept has ended: it puts no old number again.
      await sweepWriters(this.#session, writers, before - DAY)
      return gone
    }
    const shelves = what === 'open' ? SHELVES.filter((shelf) => shelf.startsWith('o')) : [shelfOf(what, true)]
    return this.#boxes.prune(shelves, before)
  }

  trim(rows: number): Promise<number> {
    return this.#events.trim(rows)
  }

  async get(key: string): Promise<string | undefined> {
    const { documents } = this.#keys
    const value = await this.#session.send('HGET', documents, documents, `k${key}`)
    return value === null ? undefined : textOf(value)
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    const [was, becomes] = [seen, next].map((text) => (text === undefined ? '0' : `1${text}`))
    const args = [lifeOfAll(this.#lifetimes), `k${key}`, was!, becomes!]
    return (await this.#session.run(SWAP, [this.#keys.documents], args)) === 1
  }

  size(): Promise<Size> {
    return measure(this.#session, this.#keys, this.#boxes)
  }

  /** Until when (Unix ms) Redis has lost what it was given, if it ever has: answers about that time are incomplete. */
  async incomplete(): Promise<number | undefined> {
    const { meta } = this.#keys
    const since = Number(textOf(await this.#session.send('HGET', meta, meta, 'since')))
    return since > 0 ? since : undefined
  }
}

const OLD = 'Give one of ioredis or of node-redis, version 5 or later, or a URL.'

function checkOptions({ prefix, timeout }: RedisOptions): void {
  if (prefix !== undefined && !/[^{}]/.test(prefix)) throw bad('prefix', 'is empty', "Give a name such as 'shop'.")
  if (timeout !== undefined && !(timeout >= 10))
    throw bad('timeout', `is ${timeout}`, 'Give milliseconds, such as 1000.')
}

function bad(option: string, problem: string, hint: string): MetricsError {
  return new MetricsError('bad_option', `Option \`${option}\` of redis() ${problem}. ${hint}`, {
    parameter: option,
    hint,
  })
}

const fresh = (): string => randomBytes(8).toString('hex')

function newer(): MetricsError {
  return new MetricsError('storage_newer', 'The keys in Redis were written by a newer version of pocketmetrics', {
    hint: 'upgrade this app, or give it another prefix: redis://host?prefix=other; the keys are left as they are',
  })
}

/** What to say of a server that may throw metrics away; nothing where it does not tell. */
async function caution(session: Session, { meta }: Keys): Promise<string | undefined> {
  try {
    const said = textOf(await session.send('INFO', meta, 'memory'))
    const limit = Number(/^maxmemory:(\d+)/m.exec(said)?.[1] ?? 0)
    const policy = /^maxmemory_policy:(\S+)/m.exec(said)?.[1] ?? 'noeviction'
    if (limit === 0 || policy === 'noeviction') return undefined
    return `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), metrics too: set noeviction, or give metrics a Redis of their own`
  } catch {
    return undefined
  }
}

/**
 * Keeps everything in a Redis, or Valkey: at a URL (`redis://`, `rediss://`, `redis+cluster://`, `redis+sentinel://`), or
 * through the app's own client of ioredis or node-redis.
 */
export function redis(place: string | Client, options: RedisOptions = {}): StorageDriver {
  return new RedisDriver(place, options)
}
