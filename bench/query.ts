import { copyFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outcome } from './launch.ts'
import { build } from './library.ts'
import type { Asked } from './query/ask.ts'
import type { Built } from './query/build.ts'
import { alone, type Aim, type Section, turnMet } from './report.ts'
import { bytes, median, short } from './stats.ts'

const MONTH = { perDay: 3_420_000, days: 30 }
/** Enough to know what a day takes. */
const TENTH = { perDay: 342_000, days: 3 }
const LAUNCHES = 5
/** ms after its start, a process has rehearsed what is asked first. */
const LATER = 4_000
const MAX_SIZE = 256e6
/** The store begins to let go of detail when it is so full. */
const FULL = 0.9

interface Question {
  readonly what: string
  readonly url: string
  readonly cold: number
  readonly warm: number | undefined
}

const QUESTIONS: readonly Question[] = [
  { what: '/metrics', url: '/metrics', cold: 50, warm: 20 },
  { what: '/metrics/endpoints?from=24h', url: '/metrics/endpoints?from=24h', cold: 50, warm: 20 },
  {
    what: 'p95 by endpoint, 30 days',
    url: '/metrics/query?metric=http_latency_ms&agg=p95&group_by=endpoint&from=30d&limit=200',
    cold: 50,
    warm: 20,
  },
  {
    what: 'requests by day, 30 days, UTC',
    url: '/metrics/query?metric=http_requests&group_by=day&from=30d',
    cold: 50,
    warm: 20,
  },
  {
    what: 'requests by day, 30 days, Asia/Kathmandu',
    url: '/metrics/query?metric=http_requests&group_by=day&from=30d&tz=Asia/Kathmandu',
    cold: 250,
    warm: undefined,
  },
]

/** With the first call later in the life of a process. */
interface Measured extends Asked {
  readonly later: number
}

async function asked(question: Question, store: Built, launches: number): Promise<Measured> {
  const runs: Asked[] = []
  const later: number[] = []
  for (let i = 0; i < launches; i++) {
    // A copy: asking also records.
    const file = join(tmpdir(), `pocketmetrics-bench-${process.pid}.db`)
    copyFileSync(store.file, file)
    try {
      const calls = question.warm === undefined ? 60 : 305
      runs.push(await outcome<Asked>('query/ask.ts', [file, String(store.now), question.url, String(calls)]))
      const { cold } = await outcome<Asked>('query/ask.ts', [file, String(store.now), question.url, '0', String(LATER)])
      later.push(cold)
    } finally {
      for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true })
    }
  }
  const of = (key: keyof Asked): number => median(runs.map((run) => run[key]))
  return {
    cold: of('cold'),
    later: median(later),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
    turn: of('turn'),
    idle: of('idle'),
    bytes: of('bytes'),
    rows: of('rows'),
  }
}

/** Bytes in the file of so many days of each tier; what pages leave empty is the same for each box. */
function taken(store: Built, days: Readonly<Record<keyof Built['tiers'], number>>): number {
  const boxesADay = { '1m': 1440, '15m': 96, '1h': 24, '1d': 1 }
  const kept = Object.entries(store.tiers) as [keyof Built['tiers'], { bytes: number; boxes: number }][]
  const bytesOfAll = kept.reduce((sum, [, tier]) => sum + tier.bytes, 0)
  const empty = (store.fileBytes - bytesOfAll) / kept.reduce((sum, [, tier]) => sum + tier.boxes, 0)
  return kept.reduce((sum, [tier, { bytes: size, boxes }]) => {
    return sum + (size / boxes + empty) * boxesADay[tier] * days[tier]
  }, 0)
}

function tiers(store: Built): string[] {
  return [
    '| tier | boxes | bytes a box | of which buckets | in all |',
    '|---|---|---|---|---|',
    ...Object.entries(store.tiers).map(
      ([tier, { bytes: size, boxes, detail }]) =>
        `| ${tier} | ${boxes.toLocaleString('en-US')} | ${bytes(size / boxes)} | ${((detail / size) * 100).toFixed(0)} % | ${bytes(size)} |`
    ),
    '',
  ]
}

/** What a store of 100 million requests takes, and how soon it answers. */
export async function query(launches: number = LAUNCHES): Promise<Section> {
  const store = await outcome<Built>('query/build.ts', [String(MONTH.perDay), String(MONTH.days)])
  const tenth = await outcome<Built>('query/build.ts', [String(TENTH.perDay), String(TENTH.days)])
  const fortnight = taken(store, { '1m': 2, '15m': 14, '1h': 14, '1d': 14 })
  const year = taken(tenth, { '1m': 2, '15m': 35, '1h': 365, '1d': 365 })
  const rows: string[] = []
  const readme: string[] = []
  const aims: Aim[] = [
    { what: 'two weeks of it on disk', aim: '< 256 MB', got: bytes(fortnight), met: fortnight < MAX_SIZE * FULL },
    { what: 'a year of a tenth of it', aim: '< 256 MB', got: bytes(year), met: year < MAX_SIZE * FULL },
  ]
  let [turn, idle] = [0, 0]
  for (const question of QUESTIONS) {
    const answer = await asked(question, store, launches)
    if (answer.turn > turn) [turn, idle] = [answer.turn, answer.idle]
    const { cold, later, p50, p99, cpu } = answer
    const cells = [
      question.what,
      short(cold),
      short(later),
      short(p50),
      short(p99),
      short(cpu),
      short(answer.turn),
      answer.rows,
    ]
    rows.push(`| ${cells.join(' | ')} |`)
    readme.push(
      `| ${question.what}, of 100 million requests | ${short(p50)} ms, the first time ${short(later)} ms, right after the start ${short(cold)} ms |`
    )
    aims.push({
      what: question.what,
      aim: `cold < ${question.cold} ms`,
      got: `${short(later)} ms`,
      met: later < question.cold,
    })
    aims.push({
      what: `${question.what}, right after the start`,
      aim: `cold < ${question.cold} ms`,
      got: `${short(cold)} ms`,
      met: cold < question.cold,
    })
    if (question.warm === undefined) continue
    aims.push({
      what: question.what,
      aim: `warm p99 < ${question.warm} ms`,
      got: `${short(p99)} ms (p50 ${short(p50)} ms)`,
      met: p99 < question.warm,
    })
  }
  aims.push({
    what: 'longest turn of the main thread meanwhile',
    aim: '≤ 5 ms',
    got: `${short(turn)} ms (${short(idle)} with nothing to do beside a busy thread)`,
    met: turnMet(turn, idle),
  })
  return {
    title: 'Questions to 100 million requests',
    lines: [
      `${store.requests.toLocaleString('en-US')} requests in ${store.days.toFixed(1)} days to 200 endpoints with their statuses, sealed; built in ${store.seconds.toFixed(0)} s.`,
      '',
      ...tiers(store),
      `The file: ${bytes(store.fileBytes)}. Two weeks: ${bytes(fortnight)}. A year of a tenth of the traffic: ${bytes(year)}.`,
      '',
      '| question | at once, ms | cold, ms | warm p50 | p99 | CPU, ms | longest turn, ms | rows |',
      '|---|---|---|---|---|---|---|---|',
      ...rows,
      '',
      `Medians of ${launches} launches; cold is the first call of a fresh process ${LATER / 1000} s after its start (by then its storage thread has`,
      'asked itself the first four of these, and for two days by the clocks of Kathmandu), at once that of one which is asked as soon as its store is open; warm are 300',
      '(Kathmandu: 55) later ones, with a value recorded before each of them, through the API and the storage thread; CPU of all threads, the flush before the answer included.',
    ],
    aims,
    readme,
  }
}

if (import.meta.main) {
  build()
  await alone(() => query())
}
