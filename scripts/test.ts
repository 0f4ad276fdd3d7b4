import { globSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { clearCoverage, judgeCoverage, rawCoverage } from './coverage.ts'
import { compile, installNodes, nodes } from './nodes.ts'
import { Ledger, root, scratch, tool } from './step.ts'
import { strip } from './stripped.ts'
import { suite } from './suite.ts'
import { installSystem, searchPath } from './system.ts'

mkdirSync(scratch, { recursive: true })
process.env['PATH'] = searchPath
// What asserts milliseconds runs by itself and without coverage, which slows hot loops down.
const pace = 'test/pace/**/*.test.ts'
const ledger = new Ledger()

async function accepts(script: string, args: readonly string[]): Promise<string | undefined> {
  const ended = await tool(script, args, { quiet: true })
  return ended.code === 0 ? undefined : ended.output || `${script} ended with ${ended.code}`
}

// The downloads wait for the network, what follows for the processor: both at once.
const installed = installNodes().catch(String)

await ledger.check('programs the tests need', installSystem)
await ledger.check('types', () => accepts('typescript/bin/tsc', ['--noEmit']))
await ledger.check('lint', () => accepts('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']))
await ledger.check('format', () => accepts('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']))
await ledger.check('build', () => accepts('../scripts/build.ts', []))

clearCoverage()
const preloaded = { NODE_OPTIONS: strip() }
await ledger.step('all tests on Node 24', () =>
  suite({
    name: 'all',
    node: process.execPath,
    cwd: root,
    patterns: ['test/**/*.test.ts'],
    exclude: [pace],
    env: { ...preloaded, NODE_V8_COVERAGE: rawCoverage },
  })
)
await ledger.check('coverage', judgeCoverage)
if (globSync(pace, { cwd: root }).length > 0) {
  await ledger.step('pace', () =>
    suite({ name: 'pace', node: process.execPath, cwd: root, patterns: [pace], alone: true })
  )
}

// Against a peer, in short: that a request has not become dearer.
await ledger.check('overhead', () => accepts('../bench/run.ts', ['--short']))

await ledger.check('Node 20, 22 and 26', () => installed)
await ledger.check('compile for other Nodes', compile)
// Node 24 has just run the same from the sources.
for (const node of nodes.filter(({ major }) => major !== 24)) {
  await ledger.step(`frameworks, SDKs and smoke on Node ${node.version}`, () =>
    suite({
      name: `node-${node.major}`,
      node: node.binary,
      cwd: node.folder,
      patterns: ['test/{frameworks,smoke,llm/nets}/**/*.test.js', 'test/llm/*.test.js'],
      quiet: true,
      env: preloaded,
    })
  )
}

ledger.tell(join(scratch, 'totals.json'))
process.exit(ledger.failed ? 1 : 0)
