import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, mock, test } from 'node:test'
import { marked } from '../../scripts/processes.ts'
import { suite } from '../../scripts/suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-suite-'))
const marker = `suite-test-${process.pid}`
const context = process.env['NODE_TEST_CONTEXT']
// A runner that finds this believes that it is a test file itself.
before(() => delete process.env['NODE_TEST_CONTEXT'])
// What fails in there on purpose is not to be read as a failure.
beforeEach(() => void mock.method(console, 'log', () => undefined))
after(() => {
  mock.reset()
  process.env['NODE_TEST_CONTEXT'] = context
  rmSync(folder, { recursive: true, force: true })
})

const START = `import { test } from 'node:test'
import { spawn } from 'node:child_process'
`
const FILES: Readonly<Record<string, string>> = {
  'passes.test.js': `test('passes', () => undefined)`,
  'fails.test.js': `test('fails and leaves a child whose pipes are open', () => {
  spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: ['pipe', 'pipe', 'inherit'] })
  throw new Error('on purpose')
})`,
  'forks.test.js': `test('leaves what is nobody\\'s child', async () => {
  const shell = spawn('sh', ['-c', 'sleep 1000 & exit'], { stdio: 'ignore' })
  await new Promise((resolve) => shell.once('exit', resolve))
})`,
  'hangs.test.js': `spawn('sleep', ['1000'])
await new Promise((resolve) => setTimeout(resolve, 1e8))`,
}

test('a suite ends although a test fails and leaves a process, and another file never ends, and says which', async () => {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), START + text)
  const preload = new URL('../../scripts/preload.ts', import.meta.url).href
  const { passed, failed, note } = await suite({
    name: marker,
    node: process.execPath,
    cwd: folder,
    patterns: ['*.test.js'],
    quiet: true,
    limits: { file: 6_000 },
    env: { NODE_OPTIONS: `--import=${preload}`, [marker]: 'yes' },
  })
  assert.equal(passed, 2)
  assert.ok(failed >= 2, `${failed}`)
  assert.match(
    note,
    /^4 files; had not ended: (?=.*fails\.test\.js)(?=.*hangs\.test\.js)[^;]*; left behind: sleep 1000$/
  )
  assert.deepEqual(marked(`${marker}=yes`), [])
})

test('a suite whose time is over says which files had not ended', async () => {
  rmSync(join(folder, 'forks.test.js'), { force: true })
  const { failed, note } = await suite({
    name: marker,
    node: process.execPath,
    cwd: folder,
    patterns: ['*.test.js'],
    quiet: true,
    limits: { suite: 4_000 },
    env: { [marker]: 'yes' },
  })
  assert.ok(failed > 0)
  assert.match(note, /had not ended: .*hangs\.test\.js/)
  assert.deepEqual(marked(`${marker}=yes`), [])
})
