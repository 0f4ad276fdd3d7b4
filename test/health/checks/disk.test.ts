import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { CheckResult } from '../../../src/health/check.ts'
import { diskCheck, diskLimits, type DiskTarget, ownDisk } from '../../../src/health/checks/disk.ts'
import { Metrics } from '../../../src/index.ts'
import { World } from '../world.ts'

/** A small file system of its own; undefined where this user may not mount one. */
function mounted(t: TestContext, options: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'))
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0
  t.after(() => {
    if (isMounted) spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return isMounted ? folder : undefined
}

const run = async (target: DiskTarget): Promise<CheckResult> =>
  (await diskCheck('check', target)(AbortSignal.timeout(5_000))) as CheckResult

test('a folder whose disk fills up fails, by bytes and by percent, and passes when there is room again', async (t) => {
  const folder = mounted(t, 'size=8m') ?? tmpdir()
  const ballast = join(folder, 'ballast')
  const isOurs = folder !== tmpdir()
  assert.deepEqual((await run({ disk: folder, free: '4MB' })).status, 'pass')
  if (isOurs) writeFileSync(ballast, Buffer.alloc(7_800_000))
  // Where nothing can be mounted, no disk is as empty as this asks for.
  const free = isOurs ? '1MB' : '100%'
  const full = await run({ disk: folder, free })
  assert.deepEqual([full.status, full.code, full.unit], ['fail', 'disk_low', '% free'])
  assert.ok(full.value! < (isOurs ? 10 : 100))
  assert.equal((await run({ disk: folder, free: isOurs ? '10%' : '100 %' })).status, 'fail')
  if (isOurs) assert.equal((await run({ disk: folder })).code, 'disk_low')
  rmSync(ballast, { force: true })
  assert.equal((await run({ disk: folder, free: '1MB' })).status, 'pass')
})

test('a disk that can hold no more files fails, however many bytes are free', async (t) => {
  const folder = mounted(t, 'size=8m,nr_inodes=100')
  if (folder !== undefined) for (let file = 0; file < 97; file++) writeFileSync(join(folder, `${file}`), '')
  const crowded = await run({ disk: folder ?? tmpdir(), inodes: folder === undefined ? '100%' : '5%' })
  assert.deepEqual([crowded.status, crowded.code, crowded.unit], ['fail', 'inodes_low', '% files free'])
})

test('a folder that is not there fails with the code of that', async (t) => {
  const world = new World(t)
  world.health.check('uploads', { disk: '/no/such/folder', free: '10%' })
  await world.pass(0)
  while (world.row('uploads').status === null) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual([world.row('uploads').status, world.row('uploads').code], ['fail', 'ENOENT'])
})

test('the folder of our own store is looked at before it is there, by the one above it', async (t) => {
  const folder = mounted(t, 'size=8m') ?? tmpdir()
  const isOurs = folder !== tmpdir()
  if (isOurs) writeFileSync(join(folder, 'ballast'), Buffer.alloc(8_000_000))
  const limits = diskLimits('', isOurs ? {} : { free: '100%' })
  const result = (await ownDisk(join(folder, 'to', 'come'), limits)(AbortSignal.timeout(5_000))) as CheckResult
  assert.deepEqual([result.status, result.code], ['warn', 'disk_low'])
})

test('a full disk is seen where the database is, not at the root, and takes nobody out of the traffic', async (t) => {
  const folder = mounted(t, 'size=8m') ?? mkdtempSync(join(tmpdir(), 'disk-'))
  const isOurs = folder.includes('disk-') && spawnSync('mountpoint', ['-q', folder]).status === 0
  const disk = isOurs ? {} : { free: '100%' }
  const storage = `sqlite://${folder}/metrics.db`
  const metrics = new Metrics({ storage, log: () => undefined, health: { interval: '100ms', disk } })
  t.after(() => metrics.close())
  const row = () => metrics.health.report().checks.find(({ name }) => name === 'disk')
  await metrics.ready
  if (isOurs) {
    while (row()?.status !== 'pass') await new Promise((resolve) => setTimeout(resolve, 10))
    for (let size = 8_000_000, part = 0; size > 1_000; part++) {
      try {
        writeFileSync(join(folder, `ballast${part}`), Buffer.alloc(size))
      } catch {
        size = Math.floor(size / 2)
      }
    }
  }
  while (row()?.status !== 'warn') await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual([row()?.code, row()?.impact], ['disk_low', 'degraded'])
  assert.deepEqual([metrics.health.word('live'), metrics.health.word('ready')], ['pass', 'warn'])
})

test('what could be bytes, gigabytes or percent is refused', (t) => {
  const { health } = new World(t)
  for (const bad of [
    { disk: '/tmp', free: 10 },
    { disk: '/tmp', free: '10' },
    { disk: '/tmp', free: '0%' },
    { disk: '/tmp', free: '101%' },
    { disk: '/tmp', free: '-1GB' },
    { disk: '/tmp', free: 'all' },
    { disk: '/tmp', inodes: 5 },
    { disk: '', free: '1GB' },
    { disk: 7, free: '1GB' },
    { disk: '/tmp', percent: 10 },
  ]) {
    assert.throws(
      () => health.check('uploads', bad),
      (error: Error & { code?: string }) => error.code === 'bad_option' && error.message.includes("check 'uploads'"),
      JSON.stringify(bad)
    )
  }
  assert.throws(() => health.check('uploads', { disk: '/tmp', free: 2 }), /neither bytes nor a percentage.*'2GB'/)
})
