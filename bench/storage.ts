import { outcome } from './launch.ts'
import { build } from './library.ts'
import { type Aim, alone, type Section } from './report.ts'
import { bytes, median, short } from './stats.ts'
import type { Fleet } from './storage/fleet.ts'
import { type Month, month } from './storage/month.ts'
import { type Accident, accidents } from './storage/outage.ts'
import type { Put } from './storage/postgres.ts'
import type { Flushed, RedisCosts } from './storage/redis.ts'
import type { Rooms } from './storage/room.ts'

/** What a default store keeps in a month, within its 256 MB. */
const PER_DAY = 300_000
const LAUNCHES = 3
const FROZEN = 30
/** On a server, unless `flushEvery` says otherwise. */
const FLUSH_EVERY = 5

interface Effort {
  readonly launches: number
  readonly frozen: number
}

/** What stores beside the app cost, carry, answer, and do to the app when they are away. */
export async function storage({ launches, frozen }: Effort = { launches: LAUNCHES, frozen: FROZEN }): Promise<Section> {
  const { flushes, fleet } = await outcome<RedisCosts>('storage/redis.ts', [])
  const rooms = { ...(await outcome<Rooms>('storage/room.ts', [])), Redis: fleet }
  const puts = await outcome<readonly Put[]>('storage/postgres.ts', [])
  const days = await month(PER_DAY, launches)
  const away = await accidents(frozen)
  return {
    title: 'Stores beside the app',
    lines: [
      ...redisLines(flushes, fleet),
      '',
      ...postgresLines(puts),
      '',
      ...monthLines(days, launches),
      '',
      ...awayLines(away),
    ],
    aims: [...redisAims(flushes), ...accidentAims(away)],
    readme: readme(flushes, fleet, days, away),
    pages: { 'docs/storage.md': comparison(flushes, rooms, puts, days) },
  }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const found = (flushes: readonly Flushed[], way: string): Flushed => flushes.find((one) => one.way.startsWith(way))!

/** How many instances one core of a server carries, half of it left free. */
function carried(server: number): number {
  return Math.floor(((0.5 * 1e6) / server) * FLUSH_EVERY)
}

function redisLines(flushes: readonly Flushed[], fleet: Fleet): string[] {
  const ours = found(flushes, 'pocketmetrics')
  const { instances, series } = fleet
  return [
    `Redis: a flush of 50 series (${bytes(ours.bytes)}), by the way in which it is written; the best of batches in turns.`,
    '',
    '| way | commands | server CPU, µs | client CPU, µs | until answered, µs | server CPU, × SET |',
    '|---|---|---|---|---|---|',
    ...flushes.map(({ way, commands, server, client, answered }) => {
      const times = server / found(flushes, 'SET of').server
      return `| ${way} | ${whole(commands)} | ${short(server)} | ${short(client)} | ${short(answered)} | ${short(times)} |`
    }),
    '',
    `Server CPU of a flush in each batch: ${ours.batches.map(short).join(', ')} µs; of SET: ${found(flushes, 'SET of').batches.map(short).join(', ')}.`,
    '',
    `${instances} instances with ${series} active series each, simulated writers: ${short(fleet.server)} µs of server CPU a flush,`,
    `${whole(fleet.open)} bytes for a series of one instance in an hour as written, ${whole(fleet.sealed)} once sealed; a minute of all of`,
    `them takes ${bytes(fleet.minute)} until it is sealed, and a quarter of an hour ${short(fleet.sealing)} ms of server CPU to seal.`,
    `One small server: half of one core carries ${whole(carried(ours.server))} instances of 50 series, or ${whole(carried(fleet.server))} of ${series},`,
    `that flush every ${FLUSH_EVERY} s; by memory, \`maxSize\` bounds what history takes.`,
  ]
}

function postgresLines(puts: readonly Put[]): string[] {
  return [
    '| PostgreSQL: a put of one box | server CPU, µs | client CPU, µs | until answered, ms | p99, ms |',
    '|---|---|---|---|---|',
    ...puts.map(
      ({ series, bytes: size, p50, p99, client, server }) =>
        `| ${series} series, ${bytes(size)} | ${whole(server)} | ${whole(client)} | ${short(p50)} | ${short(p99)} |`
    ),
  ]
}

function monthLines({ requests, days, bytes: sizes, answers }: Month, launches: number): string[] {
  const taken = Object.entries(sizes).map(([store, size]) => `${store} ${bytes(size)}`)
  return [
    `${whole(requests)} requests in ${days.toFixed(1)} days to 200 endpoints, sealed: ${taken.join(', ')}.`,
    '',
    '| question | store | cold, ms | warm p50 | p99 | p50, × SQLite |',
    '|---|---|---|---|---|---|',
    ...answers.map(({ what, store, cold, p50, p99 }) => {
      const control = answers.find((other) => other.what === what && other.store === 'SQLite')!
      return `| ${what} | ${store} | ${short(cold)} | ${short(p50)} | ${short(p99)} | ${short(p50 / control.p50)} |`
    }),
    '',
    `Medians of ${launches} launches of 55 warm calls each, with a value recorded and flushed before each call.`,
  ]
}

function awayLines(all: readonly Accident[]): string[] {
  return [
    '| 1,000 requests a second, one process | event-loop delay p99, ms | longest, ms | memory added | requests kept | dropped |',
    '|---|---|---|---|---|---|',
    ...all.map(({ what, seconds, worked, kept }) => {
      const { p99, longest, memory, mostMemory, sent, dropped } = worked
      const there = kept === undefined ? '' : `${whole(kept)} of ${whole(sent)} | ${whole(dropped)}`
      return `| ${what}, ${seconds} s | ${short(p99)} | ${short(longest)} | ${bytes(mostMemory - memory)} | ${there || '|'} |`
    }),
  ]
}

function redisAims(flushes: readonly Flushed[]): Aim[] {
  const ours = found(flushes, 'pocketmetrics')
  // Where a bare SET of as many bytes takes that long, it is the machine that is slow.
  const isSlow = found(flushes, 'SET of').server > 40
  return [
    { what: 'commands for a flush', aim: '1', got: short(ours.commands), met: ours.commands === 1 },
    {
      what: 'CPU of Redis for a flush of 50 series',
      aim: '≤ 100 µs',
      got: `${short(ours.server)} µs`,
      met: ours.server <= 100 || (isSlow ? null : false),
    },
    {
      what: 'CPU of the app for it',
      aim: '≤ 300 µs',
      got: `${short(ours.client)} µs`,
      met: ours.client <= 300 || (isSlow ? null : false),
    },
  ]
}

function accidentAims(all: readonly Accident[]): Aim[] {
  const bare = all.filter(({ kept }) => kept === undefined).map(({ worked }) => worked.p99)
  return all
    .filter(({ kept }) => kept !== undefined)
    .flatMap(({ what, worked, kept }) => {
      const added = worked.p99 - median(bare)
      const grown = worked.mostMemory - worked.memory
      return [
        {
          what: `${what}: requests kept`,
          aim: 'all',
          got: `${whole(kept!)} of ${whole(worked.sent)}`,
          met: kept === worked.sent,
        },
        {
          what: `${what}: event-loop delay added, p99`,
          aim: '< 1 ms',
          got: `${short(added)} ms`,
          met: added < 1 || (median(bare) > 5 ? null : false),
        },
        { what: `${what}: memory added`, aim: '< 32 MB', got: bytes(grown), met: grown < 32e6 },
      ]
    })
}

function readme(flushes: readonly Flushed[], fleet: Fleet, { answers }: Month, away: readonly Accident[]): string[] {
  const ours = found(flushes, 'pocketmetrics')
  const slowest = (store: string): string =>
    short(Math.max(...answers.filter((one) => one.store === store).map(({ p99 }) => p99)))
  const frozen = away.find(({ what }) => what.includes('frozen'))!
  const there = frozen.kept === frozen.worked.sent ? 'each is there' : `${frozen.kept} of ${frozen.worked.sent}`
  return [
    `| a flush of 50 series to Redis | ${whole(ours.commands)} command, ${short(ours.server)} µs of its CPU |`,
    `| a series in Redis, for an hour, of 50 instances | ${whole(fleet.open)} bytes as written, ${whole(fleet.sealed)} sealed |`,
    `| 30 days of 200 endpoints, p99 | Redis ${slowest('Redis')} ms, PostgreSQL ${slowest('PostgreSQL')} ms, SQLite ${slowest('SQLite')} ms |`,
    `| ${whole(frozen.worked.sent)} requests, ${frozen.what} meanwhile | ${there} |`,
  ]
}

/** The stores side by side. */
function comparison(
  flushes: readonly Flushed[],
  rooms: Readonly<Record<string, Fleet>>,
  [put]: readonly Put[],
  { bytes: sizes, answers }: Month
): string[] {
  const stores = ['memory', 'SQLite', 'Redis', 'PostgreSQL']
  const row = (what: string, of: (store: string) => string): string => `| ${what} | ${stores.map(of).join(' | ')} |`
  const server: Readonly<Record<string, number | undefined>> = {
    Redis: found(flushes, 'pocketmetrics').server,
    PostgreSQL: put?.server,
  }
  const questions = [...new Set(answers.map(({ what }) => what))]
  return [
    `| measured | ${stores.join(' | ')} |`,
    '|---|---|---|---|---|',
    row('a flush of 50 series: CPU of the server', (store) =>
      store in server ? `${whole(server[store] ?? 0)} µs` : 'no server'
    ),
    row('a series of one of 50 instances, for an hour: written', (store) => `${whole(rooms[store]!.open)} bytes`),
    row('the same, once sealed', (store) => `${whole(rooms[store]!.sealed)} bytes`),
    row('30 days of 9 million requests to 200 endpoints', (store) => bytes(sizes[store] ?? sizes['Redis']!)),
    ...questions.map((question) =>
      row(`${question}: median, p99`, (store) => {
        const answer = answers.find((one) => one.store === store && one.what === question)!
        return `${short(answer.p50)} ms, ${short(answer.p99)} ms`
      })
    ),
  ]
}

if (import.meta.main) {
  build()
  const isShort = process.argv.includes('--short')
  await alone(() => storage(isShort ? { launches: 1, frozen: 5 } : undefined))
}
