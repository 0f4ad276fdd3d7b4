import { readdirSync, readFileSync } from 'node:fs'
import { startPostgres } from '../../test/servers/postgres.ts'
import type { Box } from '../../src/storage/driver.ts'
import { Metrics } from '../../src/index.ts'
import { postgres } from '../../src/storage/postgres.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { type Built, cached } from '../query/build.ts'
import { quantile } from '../stats.ts'

// What PostgreSQL takes for a put and for questions about 30 days: `node bench/query/build.ts 300000 30` first, then this.
const [given] = process.argv.slice(2)
const noted =
  given === undefined ? undefined : (JSON.parse(readFileSync(given.replace(/\.db$/, '.json'), 'utf8')) as Built)
const built = noted ?? cached(300_000, 30)
if (built === undefined) throw new Error('run this first: node bench/query/build.ts 300000 30')

const server = await startPostgres(['shared_buffers=128MB'])

/** Seconds of CPU time of the server's processes that are still there. */
function serverCpu(): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, state = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
      const fields = state.split(' ')
      if (Number(pid) === server.pid || Number(fields[1]) === server.pid)
        ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It has just ended.
    }
  }
  return ticks / 100
}

const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.random() * 256)

/** Puts of boxes by 50 writers, each of which puts its open minute again and again. */
async function puts(name: string, numbers: number, detail: number): Promise<void> {
  const driver = postgres(server.url, { schema: 'puts' })
  await driver.open()
  const box: Box = { tier: '1m', start: 0, writer: 'w', numbers: random(numbers), detail: random(detail) }
  const walls: number[] = []
  const [before, there] = [process.cpuUsage(), serverCpu()]
  const count = 1_000
  for (let round = 0; round < count; round++) {
    const began = performance.now()
    await driver.put({ boxes: [{ ...box, writer: `w${round % 50}` }], names: [], events: [], time: round })
    walls.push(performance.now() - began)
  }
  const { user, system } = process.cpuUsage(before)
  const here = Math.round((user + system) / count)
  const server_ = Math.round(((serverCpu() - there) / count) * 1e6)
  console.log(
    `${name}: ${quantile(walls, 0.5).toFixed(2)} ms (p99 ${quantile(walls, 0.99).toFixed(2)}), CPU ${here} µs here, ${server_} µs there`
  )
  await driver.close()
}

async function copy(): Promise<void> {
  const [from, to] = [sqlite(built!.file), postgres(server.url)]
  await from.open()
  await to.open()
  let boxes: Box[] = []
  const flush = async (): Promise<void> => {
    await to.put({ boxes, names: [], events: [], time: built!.now })
    boxes = []
  }
  for (const tier of ['1m', '15m', '1h', '1d'] as const) {
    for await (const box of from.boxes({ tier, which: 'sealed', from: 0, to: built!.now, detail: true })) {
      if (boxes.push(box) === 50) await flush()
    }
    const mark = await from.get(`sealed:${tier}`)
    if (mark !== undefined) await to.swap(`sealed:${tier}`, undefined, mark)
  }
  await flush()
  const names = []
  for await (const name of from.names()) names.push(name)
  await to.put({ boxes: [], names, events: [], time: built!.now })
  console.log('size', await to.size())
  await from.close()
  await to.close()
  server.sql('VACUUM ANALYZE')
}

const ASKED = [
  '/metrics/query?metric=http_requests&from=30d&group_by=day',
  '/metrics/query?metric=http_latency_ms&agg=p95&from=30d&group_by=day',
  '/metrics/query?metric=http_latency_ms&agg=p95&from=30d&group_by=endpoint',
  '/metrics/endpoints?from=30d',
]

async function ask(url: string, storage: string): Promise<void> {
  const metrics = new Metrics({ storage, maxSize: '4GB', health: false, log: console.error })
  await metrics.ready
  const times: number[] = []
  for (let round = 0; round < 40; round++) {
    metrics.track('visits')
    const began = performance.now()
    const headers = { host: 'localhost:3000' }
    const answer = await metrics.fetch(new Request(`http://localhost:3000${url}`, { headers }), {
      address: '127.0.0.1',
    })
    await answer.text()
    times.push(performance.now() - began)
  }
  const [first = 0, ...warm] = times
  const [p50, p99] = [quantile(warm, 0.5).toFixed(1), quantile(warm, 0.99).toFixed(1)]
  console.log(`${storage.split(':')[0]} ${url}: ${p50} ms (p99 ${p99}), the first time ${first.toFixed(0)}`)
  await metrics.close()
}

await puts('a put of 50 series, 1.5 kB and 3 kB', 1_500, 3_000)
await puts('a put of 500 series, 20 kB and 60 kB', 20_000, 60_000)
await copy()
// The store was built a while ago: here it is still then.
const offset = Date.now() - built.now
const real = Date.now
Date.now = () => real() - offset
for (const url of ASKED) for (const storage of [`sqlite://${built.file}`, server.url]) await ask(url, storage)
await server.end()
