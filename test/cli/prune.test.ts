import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Metrics } from '../../src/index.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
const storage = `sqlite://${join(folder, 'metrics.db')}`

function pocketmetrics(...words: string[]): { code: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], { encoding: 'utf8', timeout: 30_000 })
  return { code: status, out: stdout, error: stderr }
}

before(async () => {
  const metrics = new Metrics({ storage, log: () => undefined })
  for (let i = 0; i < 7; i++) metrics.track('signups')
  await metrics.close()
})

after(() => rmSync(folder, { recursive: true, force: true }))

test('prune says what would go and deletes nothing, until it is told to', () => {
  const words = ['prune', '--storage', storage, '--older-than', '1ms', '--what', 'events']
  for (const more of [[], ['--dry-run'], ['--dry-run', '--yes']]) {
    const { code, out, error } = pocketmetrics(...words, ...more)
    assert.deepEqual([code, error], [0, ''])
    assert.ok(Number(/^events +(\d+) +before 20/m.exec(out)?.[1]) >= 7, out)
    assert.match(out, /Nothing was deleted/)
  }
  const done = pocketmetrics(...words, '--yes', '--json')
  assert.equal(done.code, 0)
  assert.ok(Number((JSON.parse(done.out) as { deleted: number }[])[0]?.deleted) >= 7)
  assert.match(pocketmetrics(...words).out, /^events +0 /m)
})

test('what is written wrongly ends with 2 and says how it is written', () => {
  for (const [words, said] of [
    [['prune'], /--storage/],
    [['prune', '--storage', storage, '--older-than', 'soon'], /older_than=soon/],
    [['prune', '--storage', storage, '--what', 'all'], /what=all/],
    [['prune', '--storage', storage, '--force'], /--force/],
  ] as const) {
    const { code, error } = pocketmetrics(...words)
    assert.equal(code, 2, words.join(' '))
    assert.match(error, said)
  }
})

test('a file that is not there is not made', () => {
  const path = join(folder, 'nowhere.db')
  const { code, error } = pocketmetrics('prune', '--storage', `sqlite://${path}`)
  assert.equal(code, 1)
  assert.match(error, /There is no file/)
  assert.equal(existsSync(path), false)
})
