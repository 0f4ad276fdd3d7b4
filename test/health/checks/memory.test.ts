import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { filesUnder } from '../../../src/collectors/system/files.ts'
import { Usage } from '../../../src/collectors/system/usage.ts'
import { systemClock } from '../../../src/core/time.ts'
import type { CheckResult } from '../../../src/health/check.ts'
import { memoryCheck, type MemoryFigures } from '../../../src/health/checks/memory.ts'

const ENTRY = new URL(`../../../src/index.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url).href
const MB = 1e6
const CALM: MemoryFigures = { rss: 50 * MB, limit: 200 * MB, container: null, heapUsed: 20 * MB, heapLimit: 400 * MB }

const run = async (figures: Partial<MemoryFigures>): Promise<CheckResult> => {
  const check = memoryCheck(() => Promise.resolve({ ...CALM, ...figures }), 0.9)
  return (await check(AbortSignal.timeout(1_000))) as CheckResult
}

test('it is measured against what ends the process first, the limit or the heap', async () => {
  assert.deepEqual(await run({}), { status: 'pass', value: 25, unit: '%' })
  const large = await run({ rss: 190 * MB })
  assert.deepEqual([large.status, large.code, large.value], ['warn', 'memory_high', 95])
  const heap = await run({ heapUsed: 380 * MB })
  assert.deepEqual([heap.status, heap.code, heap.value], ['warn', 'heap_high', 95])
})

test('in a container all of its processes count', async () => {
  assert.equal((await run({ container: { used: 185 * MB } })).value, 92.5)
  assert.equal((await run({ container: { used: null } })).value, 25)
})

test('where there is no limit nothing is made up', async () => {
  assert.deepEqual(await run({ limit: null, heapLimit: null }), { status: 'pass', value: 0, unit: '%' })
})

/** A control group of 200 MB; undefined where this machine lets nobody make one. */
function limited(t: TestContext): string | undefined {
  const folder = `/sys/fs/cgroup/memory/pocketmetrics-${process.pid}`
  try {
    mkdirSync(folder)
    t.after(() => rmdirSync(folder))
    writeFileSync(`${folder}/memory.limit_in_bytes`, `${200 * MB}`)
    return folder
  } catch {
    return undefined
  }
}

const APP = `
import { Metrics } from ${JSON.stringify(ENTRY)}
const metrics = new Metrics({ storage: 'memory://', log: () => undefined, health: { interval: '100ms', memory: { failAfter: 3 } } })
const row = () => metrics.health.report().checks.find(({ name }) => name === 'memory')
const until = async (status) => { while (row()?.status !== status || row().value === null) await new Promise((go) => setTimeout(go, 20)) }
await until('pass')
console.log(JSON.stringify({ rss: process.memoryUsage.rss(), ...row() }))
const held = []
// Slowly, so that it is seen before the kernel ends it.
while (row().value < 92) { held.push(Buffer.alloc(4e6, 1)); await new Promise((go) => setTimeout(go, 120)) }
await until('warn')
console.log(JSON.stringify({ rss: process.memoryUsage.rss(), ...row(), ready: metrics.health.word('ready') }))
process.exit(0)
`

test('under a limit of 200 MB the percentage is one of 200 MB', async (t) => {
  const folder = limited(t)
  if (folder === undefined) return fixture(t)
  const shell = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
  const args = ['-c', shell, folder, process.execPath, '--input-type=module', '-e', APP]
  const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  // The group cannot be taken away while anybody is in it.
  await ended
  clearTimeout(late)
  const [calm, full] = said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { rss: number; value: number; code: string | null; ready?: string })
  assert.ok(calm !== undefined && full !== undefined, said)
  // The kernel counts other pages than the process does, but no machine has so little.
  assert.ok(calm.value > 10 && calm.value < 90, said)
  assert.ok(full.value >= 90 && full.value <= 100, said)
  assert.ok(Math.abs(full.rss - (full.value / 100) * 200 * MB) < 80 * MB, said)
  assert.deepEqual([full.code, full.ready], ['memory_high', 'warn'])
})

/** Where no group can be made: a tree of files as the kernel writes them. */
async function fixture(t: TestContext): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'cgroup-'))
  t.after(() => rmSync(root, { recursive: true }))
  const files = {
    'proc/self/cgroup': '0::/\n',
    'proc/self/mountinfo': '30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
    'proc/meminfo': 'MemTotal:       25000000 kB\nMemAvailable:   20000000 kB\n',
    'sys/fs/cgroup/memory.max': '200000000\n',
    'sys/fs/cgroup/memory.current': '190000000\n',
    'sys/fs/cgroup/memory.stat': 'inactive_file 4000000\n',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  const usage = new Usage(systemClock, filesUnder(root))
  const check = memoryCheck(() => usage.memory(), 0.9)
  const { code, value } = (await check(AbortSignal.timeout(1_000))) as CheckResult
  assert.deepEqual([code, value], process.platform === 'linux' ? ['memory_high', 93] : [undefined, value])
}

test('the files of a container are read where no group can be made', fixture)
