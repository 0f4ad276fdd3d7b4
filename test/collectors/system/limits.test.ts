import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Cgroup } from '../../../src/collectors/system/cgroup.ts'
import { Memory } from '../../../src/collectors/system/memory.ts'
import { DOCKER, HOST, machine, NESTED } from './trees.ts'

function read(t: TestContext, tree: Readonly<Record<string, string>>) {
  const files = machine(t, tree)
  const cgroup = new Cgroup(files)
  return { cgroup, memory: new Memory(files, cgroup, 'linux') }
}

test('of nested groups of version 2 the narrowest holds, and what it uses counts without cold files', async (t) => {
  const { cgroup, memory } = read(t, NESTED)
  assert.deepEqual(await cgroup.memory(), { limit: 300_000_000, used: 120_000_000 })
  assert.equal(await cgroup.processors(), 1.5)
  const { limit, limitedBy, host } = await memory.read()
  assert.deepEqual(
    [limit, limitedBy, host],
    [300_000_000, 'container', { total: 16_384_000_000, available: 4_096_000_000 }]
  )
})

test('a group of version 1 that is mounted as the root of its container has its limits', async (t) => {
  const { cgroup, memory } = read(t, DOCKER)
  assert.deepEqual(await cgroup.memory(), { limit: 209_715_200, used: 100_000_000 })
  assert.equal(await cgroup.processors(), 0.5)
  assert.equal((await memory.read()).limit, 209_715_200)
})

test('no limit, in both versions, means that of the machine', async (t) => {
  const one = { ...DOCKER, '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' }
  const unset = { ...one, '/sys/fs/cgroup/cpu cpuacct/cpu.cfs_quota_us': '-1\n' }
  const two = Object.fromEntries(Object.entries(NESTED).filter(([path]) => !path.includes('pod')))
  for (const tree of [unset, two]) {
    const { cgroup, memory } = read(t, tree)
    assert.equal(await cgroup.memory(), undefined)
    assert.equal(await cgroup.processors(), undefined)
    const { limit, limitedBy, container } = await memory.read()
    assert.deepEqual([limit, limitedBy, container], [16_384_000_000, 'host', null])
  }
})

test('a limit above the memory of the machine limits nothing', async (t) => {
  const { memory } = read(t, { ...DOCKER, '/sys/fs/cgroup/memory/memory.limit_in_bytes': '99000000000\n' })
  const { limit, limitedBy } = await memory.read()
  assert.deepEqual([limit, limitedBy], [16_384_000_000, 'host'])
})

test('without any of these files nothing is known, and nothing guessed', async (t) => {
  const { cgroup, memory } = read(t, {})
  assert.deepEqual([await cgroup.memory(), await cgroup.processors()], [undefined, undefined])
  const { rss, limit, limitedBy, host, heapUsed } = await memory.read()
  assert.deepEqual([limit, limitedBy, host], [null, null, null])
  assert.ok(rss > 0 && heapUsed > 0)
})

test('files of another shape are files that are not there', async (t) => {
  const garbage = Object.fromEntries(Object.keys(DOCKER).map((path) => [path, '\0 : 0::\n-1 %']))
  const { cgroup, memory } = read(t, garbage)
  assert.deepEqual([await cgroup.memory(), await cgroup.processors()], [undefined, undefined])
  assert.equal((await memory.read()).host, null)
  const torn = read(t, { ...NESTED, '/sys/fs/cgroup/kubepods.slice/pod\\1/cpu.max': '100000 0' })
  assert.equal(await torn.cgroup.processors(), 2)
  const unread = read(t, { ...HOST, '/proc/self/cgroup': NESTED['/proc/self/cgroup']! })
  assert.equal(await unread.cgroup.memory(), undefined)
})

test('a process that is moved has the limits of its new group', async (t) => {
  const tree: Record<string, string> = { ...NESTED }
  let membership = '0::/\n'
  const files = machine(t, tree)
  const moving = {
    ...files,
    text: (path: string) => (path === '/proc/self/cgroup' ? Promise.resolve(membership) : files.text(path)),
  }
  const cgroup = new Cgroup(moving)
  assert.equal(await cgroup.processors(), undefined)
  membership = NESTED['/proc/self/cgroup']!
  assert.equal(await cgroup.processors(), 1.5)
})

test('outside of Linux the memory of the machine is known, and what is available only where the platform says it', async (t) => {
  const files = machine(t, {})
  const mac = await new Memory(files, new Cgroup(files), 'darwin').read()
  assert.ok(mac.host !== null && mac.host.total > 0 && mac.host.available === null)
  const windows = await new Memory(files, new Cgroup(files), 'win32').read()
  assert.ok(windows.host !== null && windows.host.available !== null)
})
