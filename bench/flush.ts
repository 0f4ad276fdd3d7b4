import type { Burst } from './flush/burst.ts'
import type { Flushed } from './flush/series.ts'
import type { Started } from './flush/start.ts'
import { outcome } from './launch.ts'
import { build } from './library.ts'
import { alone, type Section, turnMet } from './report.ts'
import { bytes, median, short, spread, shown } from './stats.ts'

const SERIES = [300, 3_000, 10_000]
const STARTS = 9
const TURN = 5

/** The main thread's share of a flush, and of a start. */
export async function flush(launches: number = 3): Promise<Section> {
  const lines = [
    '| active series | CPU of the main thread, ms | until kept, ms | longest turn, ms (worst; idle) |',
    '|---|---|---|---|',
  ]
  let worst = 0
  for (const count of SERIES) {
    const runs: Flushed[] = []
    for (let i = 0; i < launches; i++) runs.push(await outcome<Flushed>('flush/series.ts', [String(count)]))
    const of = (pick: (run: Flushed) => number): number => median(runs.map(pick))
    const cells = [
      count.toLocaleString('en-US'),
      short(of((run) => run.cpu)),
      short(of((run) => run.wall)),
      `${short(of((run) => run.turn))} (${short(of((run) => run.worst))}; ${short(of((run) => run.idle))})`,
    ]
    lines.push(`| ${cells.join(' | ')} |`)
    worst = of((run) => run.turn)
  }
  const bursts: Burst[] = []
  for (let i = 0; i < STARTS; i++) bursts.push(await outcome<Burst>('flush/burst.ts', []))
  const burst = median(bursts.map(({ turn }) => turn))
  const idle = median(bursts.map((one) => one.idle))
  const starts: Started[] = []
  for (let i = 0; i < STARTS; i++) starts.push(await outcome<Started>('flush/start.ts', []))
  const cpu = spread(starts.map((start) => start.cpu))
  const memory = spread(starts.map((start) => start.memory))
  return {
    title: 'Flush and start',
    lines: [...lines, '', `Medians of ${launches} launches of 12 flushes each; bursts and starts: ${STARTS} launches.`],
    readme: [
      `| longest hold of the event loop, flushing 10,000 series | ${short(worst)} ms |`,
      `| import and construct | ${short(cpu.median)} ms, ${bytes(memory.median)} |`,
    ],
    aims: [
      {
        what: 'longest turn of a flush of 10,000 series',
        aim: `≤ ${TURN} ms`,
        got: `${short(worst)} ms`,
        met: turnMet(worst, idle),
      },
      {
        what: 'longest turn while 20,000 requests become events',
        aim: `≤ ${TURN} ms`,
        got: `${short(burst)} ms (${short(idle)} with nothing to do beside a busy thread)`,
        met: turnMet(burst, idle),
      },
      { what: 'import and construct, main thread', aim: '< 50 ms', got: `${shown(cpu)} ms`, met: cpu.median < 50 },
      { what: 'memory after the first flush', aim: '< 20 MB', got: shown(memory, bytes), met: memory.median < 20e6 },
    ],
  }
}

if (import.meta.main) {
  build()
  await alone(() => flush())
}
