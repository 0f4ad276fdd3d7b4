import { Redis as Plain } from 'ioredis'
import { createClient } from 'redis'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { redis } from '../../src/storage/redis.ts'
import { type Redis, startRedis } from '../../test/servers/redis.ts'
import { tell } from '../launch.ts'
import { minute, putting, START, valuesOf } from './boxes.ts'
import { type Fleet, fleet } from './fleet.ts'

/** What one flush costs, by the way in which it is written: CPU in µs, of the best of some batches: others only add. */
export interface Flushed {
  readonly way: string
  readonly bytes: number
  readonly commands: number
  readonly server: number
  /** Server CPU of a flush in each batch, by growing cost. */
  readonly batches: readonly number[]
  readonly client: number
  readonly answered: number
}

/** What a Redis is asked for. */
export interface RedisCosts {
  readonly flushes: readonly Flushed[]
  readonly fleet: Fleet
}

interface Way {
  readonly name: string
  /** The command whose calls are counted: what a script calls itself does not travel. */
  readonly command: string
  readonly flush: (round: number) => unknown
  /** Flushes in a batch, where one of the usual size would take long. */
  readonly rounds?: number
}

const SERIES = 50
const BATCHES = 15
const ROUNDS = 400

/** Microseconds of CPU time that the server has had: it knows them to the microsecond. */
function cpuOf(server: Redis): number {
  const told = server.cli('info', 'cpu')
  const of = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, 'm').exec(told)?.[1]) * 1e6
  return of('used_cpu_sys') + of('used_cpu_user')
}

function callsOf(server: Redis, command: string): number {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(server.cli('info', 'commandstats'))?.[1] ?? 0)
}

const memoryOf = (server: Redis): number => Number(/used_memory:(\d+)/.exec(server.cli('info', 'memory'))?.[1])

/** The ways in turns, so that each has its share of what else the machine does. */
async function flushes(server: Redis, ways: readonly Way[], bytes: number): Promise<Flushed[]> {
  const costs = new Map(ways.map(({ name }) => [name, [] as Cost[]]))
  for (const { flush, rounds = ROUNDS } of ways) for (let round = 0; round < rounds; round++) await flush(round)
  for (let batch = 0; batch < BATCHES; batch++) {
    for (const way of ways) costs.get(way.name)!.push(await measured(server, way))
  }
  return ways.map(({ name: way }) => {
    const all = costs.get(way)!
    const of = (key: keyof Cost): number => Math.min(...all.map((one) => one[key]))
    return {
      way,
      bytes,
      commands: of('commands'),
      server: of('server'),
      batches: all.map((one) => one.server).sort((a, b) => a - b),
      client: of('client'),
      answered: of('answered'),
    }
  })
}

type Cost = Readonly<Record<'commands' | 'server' | 'client' | 'answered', number>>

async function measured(server: Redis, { command, flush, rounds = ROUNDS }: Way): Promise<Cost> {
  const [calls, there, here, began] = [callsOf(server, command), cpuOf(server), process.cpuUsage(), performance.now()]
  for (let round = 0; round < rounds; round++) await flush(round)
  const answered = ((performance.now() - began) * 1000) / rounds
  const { user, system } = process.cpuUsage(here)
  return {
    commands: (callsOf(server, command) - calls) / rounds,
    server: (cpuOf(server) - there) / rounds,
    client: (user + system) / rounds,
    answered,
  }
}

async function ways(server: Redis): Promise<{ all: readonly Way[]; bytes: number; end: () => Promise<void> }> {
  const boxes = Array.from({ length: 12 }, (_, index) => minute('w', START, SERIES, index))
  const [theirs, plain] = [createClient({ url: server.url }), new Plain(server.url)]
  await theirs.connect()
  const drivers = [redis(server.url, { prefix: 'flush a' }), redis(theirs, { prefix: 'flush b' })] as const
  for (const driver of drivers) await driver.open()
  const put = (driver: StorageDriver) => (round: number) => driver.put(putting([boxes[round % 12]!], START))
  const bodies = boxes.map(({ numbers, detail }) => Buffer.concat([numbers, detail]))
  const set = (round: number): Promise<unknown> => plain.set('control', bodies[round % 12]!)
  const all = [
    { name: 'pocketmetrics, ioredis', command: 'evalsha', flush: put(drivers[0]) },
    { name: 'pocketmetrics, node-redis', command: 'evalsha', flush: put(drivers[1]) },
    { name: 'SET of as many bytes (control)', command: 'set', flush: set },
    { name: 'SET again (control)', command: 'set', flush: set },
    {
      name: 'HINCRBY of each bucket, in one pipeline',
      command: 'hincrby',
      flush: (round) => increments(plain, round),
      rounds: ROUNDS / 10,
    },
  ] satisfies readonly Way[]
  const end = async (): Promise<void> => {
    for (const driver of drivers) await driver.close()
    theirs.destroy()
    plain.disconnect()
  }
  return { all, bytes: bodies[0]!.length, end }
}

/** What counters in Redis would cost: a field for each bucket, count and sum of each series. */
function increments(client: Plain, round: number): Promise<unknown> {
  const pipeline = client.pipeline()
  for (let series = 0; series < SERIES; series++) {
    for (const value of new Set(valuesOf(series, round))) pipeline.hincrby(`counts:${series}`, String(value), 2)
    pipeline.hincrby(`counts:${series}`, 'count', 20)
    pipeline.hincrby(`counts:${series}`, 'sum', 800_000)
  }
  return pipeline.exec()
}

const server = await startRedis()
const { all, bytes, end } = await ways(server)
const costs = await flushes(server, all, bytes)
await end()
server.cli('flushall')
const last = redis(server.url, { prefix: 'fleet' })
const found = await fleet(last, { bytes: () => memoryOf(server), cpu: () => cpuOf(server) })
await last.close()
await server.end()
tell({ flushes: costs, fleet: found } satisfies RedisCosts)
if (process.send === undefined) process.exit()
