import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { type Outcome, run, scratch } from './step.ts'
import { Watch } from './watch.ts'

export interface Suite {
  /** Names the result file. */
  readonly name: string
  /** The Node that runs it. */
  readonly node: string
  readonly cwd: string
  readonly patterns: readonly string[]
  readonly exclude?: readonly string[]
  /** Runs one file after another, so that nothing else takes the processor. */
  readonly alone?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** Shows the output only when something failed. */
  readonly quiet?: boolean
  /** Milliseconds that a file and all of them together may take. */
  readonly limits?: { readonly file?: number; readonly suite?: number }
}

/** Runs test files with node:test and counts; a skipped or unfinished test is a failed one. */
export async function suite(of: Suite): Promise<Pick<Outcome, 'passed' | 'failed' | 'note'>> {
  const files = of.patterns.flatMap((pattern) => globSync(pattern, { cwd: of.cwd, exclude: of.exclude ?? [] })).sort()
  if (files.length === 0) throw new Error(`no test file matches ${of.patterns.join(' ')}`)
  mkdirSync(scratch, { recursive: true })
  const tap = join(scratch, `${basename(of.name)}.tap`)
  rmSync(tap, { force: true })
  const suiteName = `${basename(of.name)}-${process.pid}`
  const watch = new Watch(`${MARK}=${suiteName}`, of.limits)
  const ended = await run(of.node, [...flags(of, tap), ...files], {
    cwd: of.cwd,
    quiet: of.quiet ?? false,
    env: { ...of.env, [MARK]: suiteName },
    watch: (pid) => watch.look(pid),
    minutes: 20,
  })
  const trouble = await watch.over()
  const counts = count(tap)
  const failed = Math.max(counts.failed, ended.code === 0 ? 0 : 1)
  if (failed > 0 && of.quiet) console.log(ended.output)
  return { passed: counts.passed, failed, note: [`${files.length} files`, trouble].filter(Boolean).join('; ') }
}

/** What all processes of a suite have in their environment. */
const MARK = 'POCKETMETRICS_SUITE'

function flags(of: Suite, tap: string): readonly string[] {
  return [
    '--test',
    // One more than there are processors, for many tests wait for a server.
    `--test-concurrency=${of.alone ? 1 : availableParallelism() + 1}`,
    '--test-timeout=240000',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
  ]
}

function count(tap: string): { passed: number; failed: number } {
  const text = existsSync(tap) ? readFileSync(tap, 'utf8') : ''
  const told = (word: string) => Number(text.match(new RegExp(`^# ${word} (\\d+)$`, 'm'))?.[1] ?? Number.NaN)
  const passed = told('pass')
  const failed = told('fail') + told('cancelled') + told('skipped') + told('todo')
  return Number.isNaN(passed + failed) ? { passed: 0, failed: 1 } : { passed, failed }
}
