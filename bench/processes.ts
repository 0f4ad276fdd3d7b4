import { statSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outcome } from './launch.ts'
import { build, load } from './library.ts'
import type { Worked } from './processes/worker.ts'
import { alone, type Section } from './report.ts'
import { bytes, median, short } from './stats.ts'

const PROCESSES = 8
const PER_SECOND = 1000

interface Run {
  readonly sent: number
  /** What the file says afterwards; undefined without a library. */
  readonly kept: number | undefined
  readonly p99: number
  /** CPU of a process for a request, µs; a median over processes. */
  readonly cpu: number
  readonly lines: readonly string[]
  readonly log: number
}

async function run(variant: 'bare' | 'ours', seconds: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-bench-'))
  const file = join(folder, 'metrics.db')
  try {
    const args = [variant, `sqlite://${file}`, String(seconds), String(PER_SECOND)]
    const all = await Promise.all(Array.from({ length: PROCESSES }, () => outcome<Worked>('processes/worker.ts', args)))
    const log = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
    return {
      sent: all.reduce((sum, one) => sum + one.sent, 0),
      kept: variant === 'ours' ? await total(file) : undefined,
      p99: median(all.map((one) => one.p99)),
      cpu: median(all.map((one) => one.cpu)),
      lines: all.flatMap((one) => one.lines),
      log,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function total(file: string): Promise<number> {
  const { Metrics } = await load('index')
  const metrics = new Metrics({ storage: `sqlite://${file}`, log: () => undefined })
  const { total: kept } = await metrics.query({ metric: 'http_requests', from: '1h' })
  await metrics.close()
  return kept ?? 0
}

/** Eight processes on one SQLite file: whether each request is there, and what it costs their event loops. */
export async function processes(seconds: number = 60): Promise<Section> {
  // Half as long each, before and after: what they differ by, so may everything else.
  const bare = await run('bare', seconds / 2)
  const ours = await run('ours', seconds)
  const control = await run('bare', seconds / 2)
  const added = ours.p99 - (bare.p99 + control.p99) / 2
  const busy = ours.lines.filter((line) => /busy|locked/i.test(line))
  return {
    title: 'Eight processes on one SQLite file',
    lines: [
      `${PROCESSES} processes, ${PER_SECOND.toLocaleString('en-US')} requests a second each, ${seconds} s, sockets made of JavaScript.`,
      `Event-loop delay p99, a median over processes: ${short(bare.p99)} ms bare, ${short(ours.p99)} ms with us, ${short(control.p99)} ms bare again.`,
      `CPU for a request, all threads and flushes included: ${short(bare.cpu)} µs bare, ${short(ours.cpu)} µs with us, ${short(control.cpu)} µs bare again.`,
      `The log afterwards: ${bytes(ours.log)}. Lines that the library logged: ${ours.lines.length}.`,
    ],
    readme: [
      `| ${PROCESSES} processes, ${ours.sent.toLocaleString('en-US')} requests in ${seconds} s, one file | ${ours.kept === ours.sent ? 'each is there' : `${ours.kept} of ${ours.sent}`} |`,
    ],
    aims: [
      { what: 'requests kept', aim: 'all', got: `${ours.kept} of ${ours.sent}`, met: ours.kept === ours.sent },
      { what: 'busy or locked, in the log', aim: 'none', got: String(busy.length), met: busy.length === 0 },
      {
        what: 'event-loop delay added, p99',
        aim: '< 1 ms',
        got: `${short(added)} ms`,
        met: added < 1 || (Math.max(bare.p99, control.p99) > 5 ? null : false),
      },
      { what: 'log of the file afterwards', aim: '< 32 MB', got: bytes(ours.log), met: ours.log < 32e6 },
    ],
  }
}

if (import.meta.main) {
  build()
  await alone(() => processes(Number(process.argv[2] ?? 60)))
}
