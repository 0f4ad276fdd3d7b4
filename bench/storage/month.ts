import { copyFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { postgres } from '../../src/storage/postgres.ts'
import { redis } from '../../src/storage/redis.ts'
import { startPostgres } from '../../test/servers/postgres.ts'
import { startRedis } from '../../test/servers/redis.ts'
import { outcome } from '../launch.ts'
import type { Asked } from '../query/ask.ts'
import type { Built } from '../query/build.ts'
import { median } from '../stats.ts'
import { copy } from './copy.ts'

/** How one question was answered from one store, medians of launches; ms. */
export interface Answered {
  readonly what: string
  readonly store: string
  readonly cold: number
  readonly p50: number
  readonly p99: number
  readonly rows: number
}

/** Thirty days of the same traffic in four stores. */
export interface Month {
  readonly requests: number
  readonly days: number
  /** What each takes, bytes. */
  readonly bytes: Readonly<Record<string, number>>
  readonly answers: readonly Answered[]
}

const QUESTIONS = [
  { what: 'requests by day, 30 days', url: '/metrics/query?metric=http_requests&group_by=day&from=30d' },
  {
    what: 'p95 by endpoint, 30 days',
    url: '/metrics/query?metric=http_latency_ms&agg=p95&group_by=endpoint&from=30d&limit=200',
  },
  { what: '/metrics/endpoints?from=30d', url: '/metrics/endpoints?from=30d' },
]
async function copied(built: Built, to: StorageDriver): Promise<number> {
  await copy(built.file, built.now, to)
  const { bytes } = await to.size()
  await to.close()
  return bytes
}

/** Asks four stores the same about the same month, in turns. */
export async function month(perDay: number, launches: number): Promise<Month> {
  const built = await outcome<Built>('query/build.ts', [String(perDay), '30'])
  const [keys, tables] = [await startRedis(), await startPostgres(['shared_buffers=128MB'])]
  // A copy: asking also records.
  const file = join(tmpdir(), `pocketmetrics-bench-${process.pid}.db`)
  try {
    copyFileSync(built.file, file)
    const bytes = {
      SQLite: built.fileBytes,
      Redis: await copied(built, redis(keys.url, { prefix: 'month' })),
      PostgreSQL: await copied(built, postgres(tables.url)),
    }
    tables.sql('VACUUM ANALYZE')
    const places = {
      memory: `memory://${file}`,
      SQLite: `sqlite://${file}`,
      Redis: `${keys.url}?prefix=month`,
      PostgreSQL: tables.url,
    }
    const answers: Answered[] = []
    for (const question of QUESTIONS) answers.push(...(await asked(question, places, built.now, launches)))
    return { requests: built.requests, days: built.days, bytes, answers }
  } finally {
    await keys.end()
    await tables.end()
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
  }
}

async function asked(
  { what, url }: (typeof QUESTIONS)[number],
  places: Readonly<Record<string, string>>,
  now: number,
  launches: number
): Promise<Answered[]> {
  const runs = new Map<string, Asked[]>()
  for (let launch = 0; launch < launches; launch++) {
    for (const [store, place] of Object.entries(places)) {
      const one = await outcome<Asked>('query/ask.ts', [place, String(now), url, '60'])
      runs.set(store, [...(runs.get(store) ?? []), one])
    }
  }
  return [...runs].map(([store, all]) => {
    const of = (key: 'cold' | 'p50' | 'p99' | 'rows'): number => median(all.map((one) => one[key]))
    return { what, store, cold: of('cold'), p50: of('p50'), p99: of('p99'), rows: of('rows') }
  })
}
