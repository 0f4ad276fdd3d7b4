import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from '../../../src/index.ts'
import { startProxy } from '../../servers/proxy.ts'
import { startRedis, until } from '../../servers/redis.ts'

/** How long faults come, ms, and which: the seed is printed when one fails. */
const LASTS = 4_000
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test(`whatever network and server do, two processes lose nothing and double nothing (SEED=${SEED})`, async (t) => {
  const server = await startRedis()
  t.after(() => server.end())
  const proxy = await startProxy(server.port)
  t.after(() => proxy.stop())
  const url = `redis://127.0.0.1:${proxy.port}?prefix=chaos`
  const apps = [0, 1].map(() => new Metrics({ storage: url, flushEvery: '20ms', log: () => undefined }))
  let sent = 0
  const load = setInterval(() => {
    for (const metrics of apps)
      for (let index = 0; index < 20; index++, sent++) metrics.track('revenue', 1, { plan: `${index % 3}` })
  }, 5)
  const during = async (fault: () => unknown, ms: number): Promise<void> => {
    await fault()
    await pause(ms)
    server.resume()
    await proxy.restore()
  }
  const faults: readonly (() => unknown)[] = [
    () => proxy.loseReply(),
    () => proxy.reset(),
    () => during(() => proxy.dropReplies(), 300),
    () => during(() => proxy.blackHole(), 300),
    () => during(() => proxy.halfOpen(), 300),
    () => during(() => proxy.refuse(), 300),
    () => during(() => server.freeze(), 400),
    () => server.cli('client', 'pause', '200', 'write'),
    () => server.cli('script', 'flush'),
  ]
  const dice = random(SEED)
  for (const end = performance.now() + LASTS; performance.now() < end;) {
    await faults[Math.floor(dice() * faults.length)]!()
    await pause(dice() * 150)
  }
  clearInterval(load)
  await proxy.restore()
  for (const metrics of apps) await until(() => metrics.flush())
  for (const metrics of apps) {
    const { total } = await metrics.query({ metric: 'revenue', from: '1h' })
    assert.equal(total, sent, `SEED=${SEED}`)
    await metrics.close()
  }
})
