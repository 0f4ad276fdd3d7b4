import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'

const MODULE = new URL('../src/identity.ts', import.meta.url).href
const COMMIT = '0123456789abcdef0123456789abcdef01234567'

/** What a process in a folder with these files says it is. */
function identityIn(t: TestContext, files: Readonly<Record<string, string>>, env: object = {}): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const code = `import { identity } from ${JSON.stringify(MODULE)}\nconst { app, release } = identity(${JSON.stringify(env)})\nconsole.log(JSON.stringify([app, release ?? null]))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' })
  )
}

test('the release is what the host says, else the version of the package, else the commit that is checked out', (t) => {
  const manifest = { 'package.json': '{"name":"shop","version":"1.2.3"}' }
  const git = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${COMMIT}\n` }
  assert.deepEqual(identityIn(t, { ...manifest, ...git }, { GIT_COMMIT: 'abc' }), ['shop', 'abc'])
  assert.deepEqual(identityIn(t, { ...manifest, ...git }), ['shop', '1.2.3'])
  assert.deepEqual(identityIn(t, { ...git, 'package.json': '{"name":"","version":""}' }), ['app', '0123456789ab'])
})

test('a commit is found by itself and among packed branches; what is none is none', (t) => {
  const packed = `# pack-refs with: peeled fully-peeled sorted\n${COMMIT} refs/heads/main\n^ffff\n`
  assert.deepEqual(identityIn(t, { '.git/HEAD': COMMIT }), ['app', '0123456789ab'])
  assert.deepEqual(identityIn(t, { '.git/HEAD': 'ref: refs/heads/main', '.git/packed-refs': packed }), [
    'app',
    '0123456789ab',
  ])
  for (const files of [
    {},
    { '.git/HEAD': 'ref: refs/heads/new' },
    { '.git/HEAD': 'nonsense' },
    { '.git': 'gitdir: /x' },
  ]) {
    assert.deepEqual(identityIn(t, files), ['app', null])
  }
})
