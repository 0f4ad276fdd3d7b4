import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cgroup } from '../../../src/collectors/system/cgroup.ts'
import { Cpu } from '../../../src/collectors/system/cpu.ts'
import { readDescriptors } from '../../../src/collectors/system/descriptors.ts'
import { Disks } from '../../../src/collectors/system/disk.ts'
import { filesUnder } from '../../../src/collectors/system/files.ts'
import { watchGarbage } from '../../../src/collectors/system/gc.ts'
import { Handles } from '../../../src/collectors/system/handles.ts'
import { readHeap } from '../../../src/collectors/system/heap.ts'
import { fakeClock } from '../../../src/testing.ts'
import { DOCKER, machine } from './trees.ts'

const FULL = { bsize: 4096, blocks: 1000, bfree: 300, bavail: 200, files: 100, ffree: 75 }

function burn(ms: number): void {
  const until = process.cpuUsage().user + ms * 1000
  while (process.cpuUsage().user < until);
}

test('what a process computes is shown in percent of a core, or of its quota', async (t) => {
  for (const [tree, most] of [
    [{}, 1],
    [DOCKER, 0.5],
  ] as const) {
    const clock = fakeClock()
    const files = machine(t, tree)
    const cpu = new Cpu(clock, files, new Cgroup(files), 'linux')
    assert.equal((await cpu.read()).percent, null, 'nothing can be said of no time')
    burn(30)
    clock.advance(1000)
    const { micros, percent } = await cpu.read()
    assert.ok(micros >= 30_000)
    assert.ok(Math.abs((percent ?? 0) - micros / 1e4 / most) < 1e-9)
  }
})

test('what the cores of a machine do is read from the kernel, without guests twice and waiting for disks', async (t) => {
  const tree = { '/proc/stat': 'cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3 4\n' }
  const files = machine(t, tree)
  let stat = tree['/proc/stat']
  const moving = {
    ...files,
    text: (path: string) => (path === '/proc/stat' ? Promise.resolve(stat) : files.text(path)),
  }
  const cpu = new Cpu(fakeClock(), moving, new Cgroup(files), 'linux')
  assert.equal((await cpu.read()).hostPercent, null)
  stat = 'cpu  120 0 120 740 120 0 0 0 70 0\n'
  assert.equal((await cpu.read()).hostPercent, 40)
  // Counts of idle cores step back at times.
  stat = 'cpu  130 0 130 739 119 0 0 0 70 0\n'
  assert.equal((await cpu.read()).hostPercent, 100)
  assert.equal((await cpu.read()).hostPercent, null)
  stat = 'cpu garbage\n'
  assert.equal((await cpu.read()).hostPercent, null)
})

test('outside of Linux the cores are asked by a call of the kernel', async () => {
  const files = filesUnder('/nowhere')
  const cpu = new Cpu(fakeClock(), files, new Cgroup(files), 'darwin')
  await cpu.read()
  burn(60)
  const { hostPercent } = await cpu.read()
  assert.ok(hostPercent === null || (hostPercent >= 0 && hostPercent <= 100))
})

test('open files are counted, and how many may be', async (t) => {
  const files = machine(t, {
    '/proc/self/fd/0': '',
    '/proc/self/fd/1': '',
    '/proc/self/limits':
      'Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n',
  })
  assert.deepEqual(await readDescriptors(files), { open: 2, limit: 1024 })
  const unlimited = machine(t, {
    '/proc/self/limits': 'Max open files            unlimited            unlimited            files\n',
  })
  assert.deepEqual(await readDescriptors(unlimited), { open: null, limit: null })
})

test('a disk is as full as df says, and of inodes too', async () => {
  const disks = new Disks(() => Promise.resolve(FULL))
  const disk = await disks.read('/')
  assert.deepEqual(disk, { size: 4_096_000, available: 819_200, usedPercent: (700 / 900) * 100, usedFilesPercent: 25 })
  const endless = new Disks(() => Promise.resolve({ ...FULL, files: 0, ffree: 0 }))
  assert.equal((await endless.read('/'))?.usedFilesPercent, null)
})

test('a disk that cannot be read, or has no size, is null', async () => {
  assert.equal(await new Disks(() => Promise.reject(new Error('ENOENT'))).read('/gone'), null)
  assert.equal(await new Disks(() => Promise.resolve({ ...FULL, blocks: 0, bfree: 0, bavail: 0 })).read('/proc'), null)
  assert.equal(await new Disks().read('/nowhere/at/all'), null)
  assert.ok(((await new Disks().read('/'))?.size ?? 0) > 0)
})

test('a disk that hangs is asked once, by however many', async () => {
  let calls = 0
  let settle: (value: typeof FULL) => void = () => undefined
  const disks = new Disks(() => {
    calls++
    return new Promise((resolve) => (settle = resolve))
  })
  const all = Array.from({ length: 100 }, () => disks.read('/nfs'))
  assert.deepEqual([calls, disks.hangs('/nfs'), disks.hangs('/')], [1, true, false])
  settle(FULL)
  const [first] = await Promise.all(all)
  assert.equal(first?.size, 4_096_000)
  assert.equal(disks.hangs('/nfs'), false)
  void disks.read('/nfs')
  assert.equal(calls, 2)
  settle(FULL)
})

test('pauses for garbage collection come with their type until nobody wants to know', async () => {
  const seen = new Map<string, number>()
  const stop = watchGarbage((type, ms) => seen.set(type, Math.max(ms, seen.get(type) ?? 0)))
  let rubbish: unknown[] = []
  while (seen.size === 0) {
    rubbish = Array.from({ length: 200_000 }, (_, at) => ({ at }))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.ok(rubbish.length > 0)
  for (const [type, ms] of seen) assert.ok(['minor', 'major', 'incremental', 'weakcb'].includes(type) && ms > 0, type)
  stop()
})

test('the heap is known with its spaces', () => {
  const { used, limit, external, spaces } = readHeap()
  assert.ok(used !== null && limit !== null && external !== null && used < limit)
  assert.ok(spaces.has('old') && spaces.has('new'))
})

test('what keeps the process running is counted, less often where that takes long', () => {
  const clock = fakeClock()
  let listed = 0
  const handles = new Handles(clock, () => {
    listed++
    clock.advance(2)
    return ['Timeout', 'TCPSocketWrap']
  })
  assert.equal(handles.read(), 2)
  clock.advance(10_000)
  assert.equal(handles.read(), 2)
  assert.equal(listed, 1)
  clock.advance(10_000)
  handles.read()
  assert.equal(listed, 2)
  assert.ok((new Handles(clock).read() ?? -1) >= 0)
})

test('where the platform does not list it, that is null', () => {
  const handles = new Handles(fakeClock(), null)
  assert.equal(handles.read(), null)
})
