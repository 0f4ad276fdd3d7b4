import { readdirSync, readFileSync } from 'node:fs'
import type { Box } from '../../src/storage/driver.ts'
import { postgres } from '../../src/storage/postgres.ts'
import { type Postgres, startPostgres } from '../../test/servers/postgres.ts'
import { tell } from '../launch.ts'
import { quantile } from '../stats.ts'

/** What a put of one box costs: CPU in µs, ms until answered. */
export interface Put {
  readonly series: number
  readonly bytes: number
  readonly p50: number
  readonly p99: number
  readonly client: number
  readonly server: number
}

/** CPU time of the server's processes that are still there, µs; the kernel counts it in hundredths of a second. */
function serverCpu({ pid: parent }: Postgres): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, state = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
      const fields = state.split(' ')
      if (Number(pid) === parent || Number(fields[1]) === parent) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It has just ended.
    }
  }
  return ticks * 10_000
}

const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.random() * 256)

/** Puts of boxes by 50 writers, each of which puts its open minute again and again. */
async function puts(server: Postgres, series: number, numbers: number, detail: number): Promise<Put> {
  const driver = postgres(server.url, { schema: 'puts' })
  await driver.open()
  const box: Box = { tier: '1m', start: 0, writer: 'w', numbers: random(numbers), detail: random(detail) }
  const walls: number[] = []
  const [before, there, count] = [process.cpuUsage(), serverCpu(server), 1_000]
  for (let round = 0; round < count; round++) {
    const began = performance.now()
    await driver.put({ boxes: [{ ...box, writer: `w${round % 50}` }], names: [], events: [], time: round })
    walls.push(performance.now() - began)
  }
  const { user, system } = process.cpuUsage(before)
  const [client, cpu] = [(user + system) / count, (serverCpu(server) - there) / count]
  await driver.close()
  return { series, bytes: numbers + detail, p50: quantile(walls, 0.5), p99: quantile(walls, 0.99), client, server: cpu }
}

const server = await startPostgres(['shared_buffers=128MB'])
const costs = [await puts(server, 50, 1_500, 3_000), await puts(server, 500, 20_000, 60_000)]
await server.end()
tell(costs satisfies readonly Put[])
if (process.send === undefined) process.exit()
