import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const OPTIONS =
  '--noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --target es2024 --module nodenext ' +
  '--allowImportingTsExtensions --erasableSyntaxOnly --skipLibCheck --types node --ignoreConfig --pretty false'

/** What the compiler says of files in test/typed; of an expected error that does not come, too. */
function complaints(...files: readonly string[]): Promise<readonly string[]> {
  const compiler = `${root}node_modules/typescript/bin/tsc`
  const args = [compiler, ...OPTIONS.split(' '), ...files.map((file) => `${root}test/typed/${file}`)]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root }, (_, stdout) => {
      resolve(stdout.split('\n').filter((line) => line.includes('typed/')))
    })
  })
}

test('right names, labels and options compile, with a schema and without; each wrong one is an error', async () => {
  assert.deepEqual(await complaints('right.ts', 'wrong.ts'), [])
})

test('the compiler is asked: it says what is wrong', async () => {
  const wrong = readFileSync(`${root}test/typed/wrong.ts`, 'utf8')
  assert.ok(wrong.split('@ts-expect-error').length > 25)
  assert.match((await complaints('nowhere.ts')).join(), /nowhere\.ts.*not found/)
})
