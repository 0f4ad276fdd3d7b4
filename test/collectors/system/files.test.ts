import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { filesUnder } from '../../../src/collectors/system/files.ts'
import { machine } from './trees.ts'

test('what is in a file is read whole, however much it is', async (t) => {
  const line = 'intr 1 2 3 ä\n'
  const sizes = { empty: 0, small: 1, large: 700, larger: 40_000 }
  const files = machine(t, Object.fromEntries(Object.entries(sizes).map(([name, times]) => [name, line.repeat(times)])))
  for (const [name, times] of Object.entries(sizes)) {
    assert.equal(await files.text(`/${name}`), line.repeat(times), name)
    assert.equal(await files.records(`/${name}`), line.repeat(times), name)
  }
  for (const path of ['/none', '/']) {
    assert.equal(await files.text(path), undefined, path)
    assert.equal(await files.records(path), undefined, path)
  }
})

test('what the kernel writes while it is read is read whole', async () => {
  const files = filesUnder()
  for (const path of ['/proc/self/limits', '/proc/self/cgroup', '/proc/version']) {
    const [read, whole] = [(await files.text(path)) ?? '', readFileSync(path, 'utf8')]
    assert.equal(read.split('\n').length, whole.split('\n').length, path)
  }
  assert.equal(await files.records('/proc/self/mountinfo'), readFileSync('/proc/self/mountinfo', 'utf8'))
})
