import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { flush } from './flush.ts'
import { guard } from './guard.ts'
import { build, installPeers, peerVersions, root } from './library.ts'
import { llm } from './llm.ts'
import { memory } from './memory.ts'
import { overhead } from './overhead.ts'
import { processes } from './processes.ts'
import { query } from './query.ts'
import { record } from './record.ts'
import { between, markdown, type Section } from './report.ts'
import { retention } from './retention.ts'
import { storage } from './storage.ts'
import { system } from './system.ts'

const BENCHES: Readonly<Record<string, () => Promise<Section>>> = {
  overhead: () => overhead(),
  record: () => record(),
  flush: () => flush(),
  query: () => query(),
  memory: () => memory(),
  processes: () => processes(),
  storage: () => storage(),
  retention: () => retention(),
  llm: () => llm(),
  system: () => system(),
}

/** A section and when it was measured. */
interface Kept {
  readonly section: Section
  readonly date: string
}

// Kept with the pages that are made of it: whoever measures one section leaves the others as they stand there.
const KEPT = join(root, 'bench', 'results.json')
const PEERS = [
  'fastify',
  'hono',
  '@hono/node-server',
  'express',
  'fastify-metrics',
  'express-prom-bundle',
  'prom-client',
  '@hono/prometheus',
  'apitally',
  'swagger-stats',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/instrumentation-http',
]

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memoryOf = `${Math.round(totalmem() / 2 ** 30)} GB`
  return `${availableParallelism()} cores (${model}), ${memoryOf}, ${process.platform}, Node ${process.version}`
}

function versions(): string {
  const all = peerVersions()
  return PEERS.map((name) => `${name} ${all[name] ?? '?'}`).join(' · ')
}

function results(kept: ReadonlyMap<string, Kept>): string {
  const missed = [...kept.values()].flatMap(({ section }) => section.aims.filter(({ met }) => met === false))
  const parts = [...kept.values()].map(({ section, date }) => `${markdown(section)}\nMeasured on ${date}.\n`)
  return [
    '# Results',
    '',
    'Written by `npm run bench`. Read ratios rather than figures: each was taken on the machine below, with whatever else',
    'it was doing; what is compared was measured in turns, in the same run. The control is a second bare server: where it',
    'differs from the first by points, so may everything else. Sections can be measured one by one, at different commits.',
    '',
    `Machine: ${machine()}.`,
    `Versions: ${versions()}.`,
    '',
    missed.length === 0
      ? 'Every aim was met.'
      : `Missed: ${missed.map(({ what, got }) => `${what} (${got})`).join('; ')}.`,
    '',
    ...parts,
  ].join('\n')
}

function taken(date: string): string {
  return `Measured on ${date} with ${machine()}: \`npm run bench\` writes this table.`
}

function readme(kept: ReadonlyMap<string, Kept>): string {
  const first = kept.get('overhead')?.section.readme ?? []
  const rest = [...kept].filter(([name]) => name !== 'overhead').flatMap(([, { section }]) => section.readme)
  const date =
    [...kept.values()]
      .map((one) => one.date)
      .toSorted()
      .at(-1) ?? ''
  return [
    ...first,
    ...(rest.length > 0 ? ['| | measured |', '|---|---|', ...rest, ''] : []),
    `Measured on ${date} with ${machine()}. Method, spread and what missed its aim: [bench/RESULTS.md](bench/RESULTS.md).`,
  ].join('\n')
}

/** Runs the named benchmarks, or all; what is not measured now stays as it was measured last. */
async function run(names: readonly string[]): Promise<void> {
  const kept = measuredBefore()
  for (const name of names) {
    console.error(`${name} …`)
    const section = await BENCHES[name]!()
    kept.set(name, { section, date: new Date().toISOString().slice(0, 10) })
    console.log(markdown(section))
    write(kept)
  }
}

function measuredBefore(): Map<string, Kept> {
  return new Map(existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as [string, Kept][]) : [])
}

function write(all: ReadonlyMap<string, Kept>): void {
  const kept = new Map(Object.keys(BENCHES).flatMap((key) => (all.has(key) ? [[key, all.get(key)!] as const] : [])))
  writeFileSync(KEPT, JSON.stringify([...kept], null, 2))
  writeFileSync(join(root, 'bench', 'RESULTS.md'), results(kept))
  const path = join(root, 'README.md')
  if (existsSync(path)) writeFileSync(path, between(readFileSync(path, 'utf8'), 'bench', readme(kept)))
  const pages = [...kept.values()].flatMap(({ section, date }) =>
    Object.entries(section.pages ?? {}).map(([page, lines]) => ({
      page,
      block: [...lines, '', taken(date)].join('\n'),
    }))
  )
  for (const { page, block } of pages) {
    writeFileSync(join(root, page), between(readFileSync(join(root, page), 'utf8'), 'bench', block))
  }
  const prettier = join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs')
  const written = ['README.md', 'bench/RESULTS.md', 'bench/results.json', ...pages.map(({ page }) => page)]
  spawnSync(process.execPath, [prettier, '--write', '--log-level', 'warn', ...written], { cwd: root })
}

const args = process.argv.slice(2)
const names = args.filter((arg) => !arg.startsWith('--'))
const unknown = names.find((name) => BENCHES[name] === undefined)
if (unknown !== undefined)
  throw new Error(`there is no benchmark '${unknown}'; there are ${Object.keys(BENCHES).join(', ')}`)
if (args.includes('--table')) {
  write(measuredBefore())
  process.exit()
}
build()
installPeers()
if (args.includes('--short')) process.exit((await guard()) ? 0 : 1)
await run(names.length > 0 ? names : Object.keys(BENCHES))
process.exit()
