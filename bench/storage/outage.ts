import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../../test/servers/postgres.ts'
import { startRedis } from '../../test/servers/redis.ts'
import { outcome } from '../launch.ts'
import { load } from '../library.ts'
import type { Worked } from '../processes/worker.ts'

/** What an app noticed of an accident of its store. */
export interface Accident {
  readonly what: string
  readonly seconds: number
  readonly worked: Worked
  /** Requests that the store has afterwards; undefined without a library. */
  readonly kept: number | undefined
}

const PER_SECOND = 1_000
/** By then a process has begun. */
const BEGIN = 6_000

async function worked(variant: string, storage: string, seconds: number): Promise<Worked> {
  return outcome<Worked>('processes/worker.ts', [variant, storage, String(seconds), String(PER_SECOND)])
}

async function total(storage: string): Promise<number> {
  const { Metrics } = await load('index')
  const metrics = new Metrics({ storage, log: () => undefined })
  const { total: kept } = await metrics.query({ metric: 'http_requests', from: '1h' })
  await metrics.close()
  return kept ?? 0
}

async function during(
  what: string,
  storage: string,
  seconds: number,
  accident: () => Promise<unknown>
): Promise<Accident> {
  const working = worked('ours', storage, seconds)
  await sleep(BEGIN)
  await accident()
  const done = await working
  return { what, seconds, worked: done, kept: await total(storage) }
}

/** One app under load while its store stands still or restarts; `frozen` in seconds. */
export async function accidents(frozen: number): Promise<readonly Accident[]> {
  const [keys, tables] = [await startRedis(), await startPostgres()]
  const bare = async (what: string): Promise<Accident> => {
    return { what, seconds: 15, worked: await worked('bare', '', 15), kept: undefined }
  }
  try {
    return [
      await bare('no library'),
      await during('Redis, undisturbed', `${keys.url}?prefix=calm`, 15, () => Promise.resolve()),
      await during(`Redis frozen for ${frozen} s`, `${keys.url}?prefix=frozen`, frozen + 15, async () => {
        keys.freeze()
        await sleep(frozen * 1_000)
        keys.resume()
      }),
      await during('PostgreSQL, undisturbed', `${tables.url}?schema=calm`, 15, () => Promise.resolve()),
      await during('PostgreSQL restarted', `${tables.url}?schema=restarted`, 20, () => tables.restart()),
      await bare('no library (control)'),
    ]
  } finally {
    keys.resume()
    await keys.end()
    await tables.end()
  }
}
