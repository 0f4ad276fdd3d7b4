import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { before, test } from 'node:test'

const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, { types: string; default: string }>
}

/** What a user can import; a change here is a change of the package's promise and belongs in CHANGELOG.md. */
const promised: Readonly<Record<string, readonly string[]>> = {
  pocketmetrics: ['Metrics', 'MetricsError'],
  'pocketmetrics/register': [],
  'pocketmetrics/testing': ['fakeClock', 'testDriver'],
  'pocketmetrics/storage/memory': ['MemoryStore', 'memory'],
  'pocketmetrics/storage/postgres': ['PostgresDriver', 'postgres'],
  'pocketmetrics/storage/redis': ['RedisDriver', 'redis'],
  'pocketmetrics/storage/sqlite': ['SqliteDriver', 'sqlite'],
}

/** Runs a script in a process of its own, which must end by itself within 20 s. */
function evaluate(code: string): string {
  const env = { ...process.env, METRICS_STORAGE: 'memory://' }
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    env,
    timeout: 20_000,
  }).toString()
}

before(() => {
  assert.ok(existsSync(`${root}dist/index.js`), 'these tests are about dist/: npm run build first')
})

test('package.json lists exactly the entries that are promised', () => {
  const listed = Object.keys(manifest.exports).map((key) => key.replace('.', 'pocketmetrics'))
  assert.deepEqual(listed, Object.keys(promised))
})

for (const [entry, names] of Object.entries(promised)) {
  test(`${entry} exports ${names.join(', ') || 'nothing'}`, () => {
    const found = evaluate(`console.log(JSON.stringify(Object.keys(await import('${entry}'))))`)
    assert.deepEqual(JSON.parse(found), names.toSorted())
  })

  test(`${entry} has its types beside it`, () => {
    const key = entry.replace('pocketmetrics', '.')
    assert.ok(existsSync(root + manifest.exports[key]?.types))
  })

  test(`require('${entry}') works, for apps that are no ES modules`, () => {
    const code = `import { createRequire } from 'node:module'
      console.log(JSON.stringify(Object.keys(createRequire(process.cwd() + '/')('${entry}'))))`
    assert.deepEqual(JSON.parse(evaluate(code)).toSorted(), names.toSorted())
  })
}

test('importing pocketmetrics opens nothing that keeps a process alive', () => {
  // 10 ms: files that the loader itself reads may still be closing. Pipes are stdout and stderr.
  const code = `import { setTimeout as sleep } from 'node:timers/promises'
    await import('pocketmetrics')
    await sleep(10)
    console.log(JSON.stringify(process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap')))`
  assert.equal(evaluate(code), '[]\n')
})
