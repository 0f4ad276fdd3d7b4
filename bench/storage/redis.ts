import { readFileSync } from 'node:fs'
import { createClient } from 'redis'
import { type Entry, pack } from '../../src/core/box.ts'
import { hash } from '../../src/core/ids.ts'
import { Point } from '../../src/core/point.ts'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import { minuteOf } from '../../src/core/window.ts'
import { Sealer } from '../../src/pipeline/sealer.ts'
import type { Batch, Box, StorageDriver } from '../../src/storage/driver.ts'
import { redis } from '../../src/storage/redis.ts'
import { type Redis, startRedis } from '../../test/servers/redis.ts'

// What a Redis is asked for: `node bench/storage/redis.ts`. CPU times, which a busy machine does not falsify much.

const START = Date.UTC(2026, 0, 15)
const ENDPOINTS = Array.from({ length: 4_000 }, (_, index) => hash(`endpoint ${index}`))
const METRIC = hash('http_request_duration')

/** A writer's minute of `series` histograms of 20 values, some 12 buckets each. */
function minute(writer: string, start: number, series: number, seed: number): Box {
  const entries: Entry[] = []
  for (let index = 0; index < series; index++) {
    const point = new Point(true)
    for (let value = 0; value < 20; value++) point.observe(20_000 * (1 + ((value * 7 + index + seed) % 13) / 6), -1)
    entries.push({ metric: METRIC, labels: ENDPOINTS[index]!, point })
  }
  return { tier: '1m', start, writer, ...pack(minuteOf(writer, 'bench', start, true), entries) }
}

const putting = (boxes: readonly Box[], time: number): Batch => ({ boxes, names: [], events: [], time })

/** CPU time of a process since it was started, µs. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Scripts that were called for: what they call themselves does not travel. */
function callsOf(server: Redis): number {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(server.cli('info', 'commandstats'))?.[1])
}

const memoryOf = (server: Redis): number => Number(/used_memory:(\d+)/.exec(server.cli('info', 'memory'))?.[1])

async function flushes(name: string, server: Redis, driver: StorageDriver): Promise<void> {
  const rounds = 4_000
  await driver.open()
  const boxes = Array.from({ length: 12 }, (_, index) => minute('w', START, 50, index))
  for (let round = 0; round < 500; round++) await driver.put(putting([boxes[round % 12]!], START))
  const [calls, server0, client0, wall0] = [callsOf(server), cpuOf(server.pid), process.cpuUsage(), performance.now()]
  for (let round = 0; round < rounds; round++) await driver.put(putting([boxes[round % 12]!], START))
  const client = process.cpuUsage(client0)
  const bytes = boxes[0]!.numbers.length + boxes[0]!.detail.length
  const per = (value: number): string => (value / rounds).toFixed(1)
  console.log(
    `${name}: a flush of 50 series (${bytes} bytes): ${per(callsOf(server) - calls)} command, ` +
      `server ${per(cpuOf(server.pid) - server0)} µs CPU, client ${per(client.user + client.system)} µs CPU, ` +
      `${per((performance.now() - wall0) * 1000)} µs until answered`
  )
}

async function reading(name: string, server: Redis, driver: StorageDriver, detail: boolean): Promise<void> {
  await driver.open()
  const walls: number[] = []
  const before = process.cpuUsage()
  const server0 = cpuOf(server.pid)
  const rounds = 20
  let bytes = 0
  let points = 0
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    for await (const box of driver.boxes({
      tier: '1h',
      which: 'sealed',
      from: START,
      to: START + 720 * HOUR,
      detail,
    })) {
      bytes += box.numbers.length + box.detail.length
      points++
    }
    walls.push(performance.now() - began)
  }
  const cpu = process.cpuUsage(before)
  walls.sort((a, b) => a - b)
  console.log(
    `${name}: 30 days of hours of 200 endpoints, ${detail ? 'with' : 'without'} detail (${points / rounds} boxes, ` +
      `${(bytes / rounds / 1e6).toFixed(1)} MB): ${walls[10]!.toFixed(1)} ms, p99 ${walls.at(-1)!.toFixed(1)} ms, ` +
      `client ${((cpu.user + cpu.system) / rounds / 1000).toFixed(1)} ms CPU, ` +
      `server ${((cpuOf(server.pid) - server0) / rounds / 1000).toFixed(1)} ms CPU`
  )
}

async function history(driver: StorageDriver): Promise<void> {
  for (let hour = 0; hour < 720; hour++) {
    const box = minute('w', START + hour * HOUR, 200, hour)
    await driver.put(putting([{ ...box, tier: '1h', writer: '*' }], START))
  }
}

/** Fifty instances with 500 active series each, for an hour: what they take while open, and once they are sealed. */
async function fleet(server: Redis, driver: StorageDriver): Promise<void> {
  const [instances, series, minutes] = [50, 500, 15]
  await driver.open()
  const empty = memoryOf(server)
  const server0 = cpuOf(server.pid)
  for (let index = 0; index < minutes; index++) {
    for (let writer = 0; writer < instances; writer++) {
      await driver.put(putting([minute(`w${writer}`, START + index * MINUTE, series, writer)], START))
    }
  }
  const per = (bytes: number): string => (bytes / instances / series / (minutes / 60)).toFixed(0)
  const put = (cpuOf(server.pid) - server0) / minutes / instances
  const open = memoryOf(server)
  const server1 = cpuOf(server.pid)
  const began = performance.now()
  await new Sealer(driver, { days: { startOf: (at) => at, after: (at) => at + 1 } }).run(START + 2 * HOUR)
  console.log(
    `50 instances × 500 series: ${put.toFixed(0)} µs server CPU a flush, ${per(open - empty)} bytes a series-hour open, ` +
      `${per(memoryOf(server) - empty)} once sealed; sealing 15 minutes: ${((performance.now() - began) / 1000).toFixed(1)} s, ` +
      `server ${((cpuOf(server.pid) - server1) / 1000).toFixed(0)} ms CPU`
  )
}

const server = await startRedis()
const client = createClient({ url: server.url })
await client.connect()
const ways: readonly (readonly [string, (prefix: string) => StorageDriver])[] = [
  ['ioredis', (prefix) => redis(server.url, { prefix })],
  ['node-redis', (prefix) => redis(client, { prefix })],
]
for (const [name, way] of ways) await flushes(name, server, way(`flush ${name}`))
const [, first] = ways[0]!
const whole = first('history')
await whole.open()
await history(whole)
await whole.close()
for (const [name, way] of ways) {
  await reading(name, server, way('history'), false)
  await reading(name, server, way('history'), true)
}
server.cli('flushall')
const last = first('fleet')
await fleet(server, last)
await last.close()
client.destroy()
await server.end()
process.exit(0)
