import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { Cgroup } from '../../../src/collectors/system/cgroup.ts'
import { Memory, type MemoryReading } from '../../../src/collectors/system/memory.ts'
import { DOCKER, machine } from './trees.ts'

const LIMIT = 200 * 1024 * 1024

type Seen = MemoryReading & { readonly processors: number | null }

/** A control group of version 1 of this machine, or undefined where that cannot be made. */
function group(t: TestContext, controller: string, settings: Readonly<Record<string, number>>): string | undefined {
  const folder = `/sys/fs/cgroup/${controller}/pocketmetrics-${process.pid}`
  try {
    mkdirSync(folder)
    t.after(() => rmdirSync(folder))
    for (const [name, value] of Object.entries(settings)) writeFileSync(`${folder}/${name}`, String(value))
    return folder
  } catch {
    return undefined
  }
}

/** What a process sees before it is moved into these groups, and after. */
async function moved(folders: readonly string[]): Promise<[Seen, Seen]> {
  const child = fork(new URL('./child.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ask = async (): Promise<Seen> => {
    child.send('?')
    return (await once(child, 'message'))[0] as Seen
  }
  try {
    const before = await ask()
    for (const folder of folders) writeFileSync(`${folder}/cgroup.procs`, String(child.pid))
    return [before, await ask()]
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

test('in a group of 200 MB a percentage is one of 200 MB, and of half a processor one of half a processor', async (t) => {
  const memory = group(t, 'memory', { 'memory.limit_in_bytes': LIMIT })
  const cpu = group(t, 'cpu', { 'cpu.cfs_period_us': 100_000, 'cpu.cfs_quota_us': 50_000 })
  if (memory === undefined) {
    // Here no such group can be made: a tree of files stands for it.
    const files = machine(t, DOCKER)
    assert.equal((await new Memory(files, new Cgroup(files), 'linux').read()).limit, LIMIT)
    return
  }
  const [before, after] = await moved([memory, ...(cpu === undefined ? [] : [cpu])])
  const total = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024
  assert.equal(before.limit === LIMIT, false)
  assert.deepEqual([after.limit, after.limitedBy, after.host?.total], [LIMIT, 'container', total])
  assert.equal(after.container?.limit, LIMIT)
  assert.ok(after.container.used !== null && after.container.used < LIMIT)
  if (cpu !== undefined) assert.equal(after.processors, 0.5)
})
