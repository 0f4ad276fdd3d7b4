import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Launch } from './launch.ts'
import { build } from './library.ts'
import { alone, type Section } from './report.ts'
import type { Pruned } from './retention/pruner.ts'
import type { Waited } from './retention/writer.ts'
import { bytes, short } from './stats.ts'

const WRITERS = 4
const ROWS = 10_000_000
const QUIET = 5_000

interface Run {
  readonly waited: readonly Waited[]
  readonly pruned: Pruned | undefined
  readonly before: number
  readonly after: number
}

/** Four processes write while a fifth deletes so many rows, or does nothing. */
async function run(rows: number | undefined): Promise<Run> {
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
    await sleep(rows === undefined ? QUIET : 0)
    const waited = await Promise.all(writers.map((writer) => writer.ask<Waited>('stop')))
    return { waited, pruned, before, after: statSync(file).size }
  } finally {
    for (const launch of [pruner, ...writers]) await launch.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What deleting costs those who write meanwhile. */
export async function retention(rows: number = ROWS): Promise<Section> {
  const quiet = await run(undefined)
  const busy = await run(rows)
  const longest = (one: Run): number => Math.max(...one.waited.map((each) => each.longest))
  const p99 = (one: Run): number => Math.max(...one.waited.map((each) => each.p99))
  const { pruned = { rows: 0, ms: 0 } } = busy
  const puts = busy.waited.reduce((sum, each) => sum + each.puts, 0)
  return {
    title: 'Deleting while others write',
    lines: [
      `${pruned.rows.toLocaleString('en-US')} rows deleted in ${short(pruned.ms / 1000)} s, in short steps, while ${WRITERS} processes made ${puts.toLocaleString('en-US')} puts.`,
      `The file: ${bytes(busy.before)} before, ${bytes(busy.after)} after.`,
      `A put: p99 ${short(p99(quiet))} ms and at most ${short(longest(quiet))} ms without deleting, ${short(p99(busy))} and ${short(longest(busy))} ms meanwhile.`,
    ],
    readme: [],
    aims: [
      {
        what: `longest put while ${(rows / 1e6).toFixed(0)} million rows are deleted`,
        aim: '≤ 50 ms',
        got: `${short(longest(busy))} ms`,
        met: longest(busy) <= 50 || (longest(quiet) > 25 ? null : false),
      },
    ],
  }
}

if (import.meta.main) {
  build()
  await alone(() => retention(Number(process.argv[2] ?? ROWS)))
}
