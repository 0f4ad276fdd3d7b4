import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installNodes, nodes } from './nodes.ts'
import { startReadme } from './readme.ts'
import { Ledger, root, run, scratch, tool } from './step.ts'

const ledger = new Ledger()
const folder = join(scratch, 'pack')
const user = mkdtempSync(join(tmpdir(), 'pocketmetrics-user-'))
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> }
const entries = Object.keys(exports).map((key) => key.replace('.', 'pocketmetrics'))
let packed = ''

async function pack(): Promise<string | undefined> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const ended = await run('npm', ['pack', '--pack-destination', folder], { quiet: true })
  packed = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? 'missing.tgz')
  return ended.code === 0 ? undefined : ended.output
}

async function accepts(script: string, args: readonly string[]): Promise<string | undefined> {
  const ended = await tool(script, args, { quiet: true })
  return ended.code === 0 ? undefined : ended.output
}

async function install(): Promise<string | undefined> {
  writeFileSync(join(user, 'package.json'), '{ "name": "app", "private": true }')
  const express = join(root, 'node_modules', 'express', 'package.json')
  const { version } = JSON.parse(readFileSync(express, 'utf8')) as { version: string }
  const args = ['install', '--no-audit', '--no-fund', packed, `express@${version}`]
  const ended = await run('npm', args, { quiet: true, cwd: user })
  return ended.code === 0 ? undefined : ended.output
}

/** Loads one entry in a process of its own, which must end by itself, without a word on stdout. */
async function loads(node: string, name: string, how: 'require' | 'import'): Promise<string | undefined> {
  const code = how === 'require' ? `require(${JSON.stringify(name)})` : `import(${JSON.stringify(name)})`
  const env = { METRICS_STORAGE: 'memory://', NODE_ENV: 'test' }
  const ended = await run(node, ['-e', code], { quiet: true, cwd: user, env, minutes: 0.5 })
  return ended.code === 0 ? undefined : `${how} of ${name} ended with ${ended.code}\n${ended.output}`
}

async function compiles(): Promise<string | undefined> {
  const app = `import { Metrics } from 'pocketmetrics'
import { testDriver } from 'pocketmetrics/testing'
import { memory } from 'pocketmetrics/storage/memory'
import { sqlite } from 'pocketmetrics/storage/sqlite'

export const metrics: Metrics = new Metrics(undefined, { storage: memory() })
metrics.track('revenue', 49, { plan: 'pro' })
void [testDriver, sqlite]
`
  writeFileSync(join(user, 'app.ts'), app)
  const strict = ['--strict', '--skipLibCheck', 'false', '--noEmit', '--exactOptionalPropertyTypes']
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')]
  for (const resolution of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const args = [
      '--module',
      resolution[0],
      '--moduleResolution',
      resolution[1],
      '--target',
      'es2023',
      ...strict,
      ...types,
    ]
    const ended = await tool('typescript/bin/tsc', [...args, join(user, 'app.ts')], { quiet: true, cwd: user })
    if (ended.code !== 0) return ended.output
  }
  return undefined
}

/** The command line of the installed package answers. */
async function commands(node: string): Promise<string | undefined> {
  const program = join(user, 'node_modules', '.bin', 'pocketmetrics')
  for (const words of [['--help'], ['prices'], ['prices', 'gpt-4o']]) {
    const ended = await run(node, [program, ...words], { quiet: true, cwd: user, minutes: 0.5 })
    if (ended.code !== 0) return `pocketmetrics ${words.join(' ')} ended with ${ended.code}\n${ended.output}`
  }
  return undefined
}

await ledger.check('npm pack', pack)
await ledger.check('publint', () => accepts('publint/src/cli.js', [packed, '--strict']))
await ledger.check('are the types wrong', () =>
  accepts('@arethetypeswrong/cli/dist/index.js', [packed, '--profile', 'esm-only', '--no-emoji'])
)
await ledger.check('install in a clean folder', install)
await ledger.check("the user's compiler accepts it", compiles)
await ledger.check('Node 20, 22 and 26', installNodes)
for (const node of nodes) {
  for (const name of entries) {
    await ledger.check(`require ${name} on ${node.version}`, () => loads(node.binary, name, 'require'))
  }
  await ledger.check(`import pocketmetrics on ${node.version}`, () => loads(node.binary, 'pocketmetrics', 'import'))
  await ledger.check(`the command on ${node.version}`, () => commands(node.binary))
}
for (const node of nodes) {
  await ledger.check(`README's first example on ${node.version}`, () => startReadme(user, node.binary))
}

rmSync(user, { recursive: true, force: true })
ledger.tell(join(scratch, 'package-totals.json'))
process.exitCode = ledger.failed ? 1 : 0
