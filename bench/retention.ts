import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Launch, outcome } from './launch.ts'
import { build } from './library.ts'
import { type Aim, alone, type Section } from './report.ts'
import type { Pruned } from './retention/pruner.ts'
import type { Waited } from './retention/writer.ts'
import type { Year } from './retention/year.ts'
import { bytes, short } from './stats.ts'

const WRITERS = 4
const ROWS = 10_000_000
/** The control writes for as long as the other run took, within bounds, ms. */
const CONTROL = { least: 5_000, most: 40_000 }
/** A tenth of 100 million requests in 30 days, in a store that has room for it and in one as it comes. */
const A_DAY = 342_000
const SIZES = [1_000_000_000, 256_000_000] as const

interface Run {
  readonly waited: readonly Waited[]
  readonly pruned: Pruned | undefined
  readonly before: number
  readonly after: number
}

/** Four processes write while a fifth deletes so many rows, or for a while does nothing. */
async function run(rows: number | undefined, forMs: number = 0): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-bench-'))
  const file = join(folder, 'metrics.db')
  const pruner = new Launch('retention/pruner.ts', [file, String(rows ?? 1000)])
  const writers: Launch[] = []
  try {
    await pruner.next()
    for (let i = 0; i < WRITERS; i++) writers.push(new Launch('retention/writer.ts', [file, `w${i}`]))
    for (const writer of writers) await writer.next()
    const before = statSync(file).size
    const pruned = rows === undefined ? undefined : await pruner.ask<Pruned>('go')
    await sleep(forMs)
    const waited = await Promise.all(writers.map((writer) => writer.ask<Waited>('stop')))
    return { waited, pruned, before, after: statSync(file).size }
  } finally {
    for (const launch of [pruner, ...writers]) await launch.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

const inDays = (days: number): string => (days < 3 ? `${short(days * 24)} hours` : `${days.toFixed(0)} days`)

function tiers(years: readonly Year[]): string[] {
  const cell = (year: Year, tier: keyof Year['tiers']): string =>
    `${bytes(year.tiers[tier].bytes)}, ${inDays(year.tiers[tier].days)}`
  return [
    `| tier | ${years.map(({ maxSize }) => `\`maxSize\` ${bytes(maxSize)}`).join(' | ')} |`,
    `|---|${years.map(() => '---|').join('')}`,
    ...(['1m', '15m', '1h', '1d'] as const).map(
      (tier) => `| ${tier} | ${years.map((year) => cell(year, tier)).join(' | ')} |`
    ),
    `| in use | ${years.map((year) => bytes(year.bytes)).join(' | ')} |`,
    `| file and log at most | ${years.map((year) => bytes(year.most)).join(' | ')} |`,
    '',
  ]
}

function aYear(years: readonly Year[]): { lines: string[]; aims: Aim[] } {
  const lines = years.flatMap(({ maxSize, prunes, pruning, longestTurn, maintaining, months, answer }) => [
    `With ${bytes(maxSize)}: ${prunes.toLocaleString('en-US')} deletions took ${short(pruning / 1000)} s in all, rests between their steps included, and no step more than ${short(longestTurn)} ms; sealing and deleting together at most ${short(maintaining)} ms for a quarter of an hour.`,
    `The file at the end of each month, MB: ${months.map((month) => (month / 1e6).toFixed(0)).join(', ')}.`,
    `Requests of the year by 6 hours: ${answer.rows} rows by ${answer.interval}${answer.warning === null ? '' : `, with the warning “${answer.warning}”`}.`,
    '',
  ])
  const aims = years.map(({ maxSize, most }): Aim => {
    return {
      what: `file and log in a year, with ${bytes(maxSize)}`,
      aim: '≤ 110 %',
      got: percent(most, maxSize),
      met: most <= 1.1 * maxSize,
    }
  })
  const title = `A year of ${A_DAY.toLocaleString('en-US')} requests a day to 200 endpoints, by a clock that is told to; what is left of it:`
  return { lines: [title, '', ...tiers(years), ...lines], aims }
}

function percent(part: number, whole: number): string {
  return `${short((part / whole) * 100)} %`
}

/** What deleting costs those who write meanwhile, and what a year takes. */
export async function retention(rows: number = ROWS): Promise<Section> {
  const busy = await run(rows)
  const { pruned = { rows: 0, ms: 0 } } = busy
  const quiet = await run(undefined, Math.min(Math.max(pruned.ms, CONTROL.least), CONTROL.most))
  const longest = (one: Run): number => Math.max(...one.waited.map((each) => each.longest))
  const p99 = (one: Run): number => Math.max(...one.waited.map((each) => each.p99))
  const puts = busy.waited.reduce((sum, each) => sum + each.puts, 0)
  const late = (one: Run): number => one.waited.reduce((sum, each) => sum + each.late, 0)
  const years = await Promise.all(
    SIZES.map((size) => outcome<Year>('retention/year.ts', [String(A_DAY), String(size)]))
  )
  const year = aYear(years)
  return {
    title: 'Deleting while others write, and a year',
    lines: [
      `${pruned.rows.toLocaleString('en-US')} rows deleted in ${short(pruned.ms / 1000)} s, in short steps, while ${WRITERS} processes made ${puts.toLocaleString('en-US')} puts.`,
      `The file: ${bytes(busy.before)} before, ${bytes(busy.after)} after.`,
      `A put: p99 ${short(p99(quiet))} ms, at most ${short(longest(quiet))} ms and ${late(quiet)} over 50 ms without deleting; ${short(p99(busy))} ms, ${short(longest(busy))} ms and ${late(busy)} meanwhile.`,
      '',
      ...year.lines,
    ],
    readme: [],
    aims: [
      {
        what: `longest put while ${(rows / 1e6).toFixed(0)} million rows are deleted`,
        aim: '≤ 50 ms',
        got: `${short(longest(busy))} ms; ${short(longest(quiet))} ms without`,
        met: longest(busy) <= 50 || (longest(quiet) > 25 ? null : false),
      },
      ...year.aims,
    ],
  }
}

if (import.meta.main) {
  build()
  await alone(() => retention(Number(process.argv[2] ?? ROWS)))
}
