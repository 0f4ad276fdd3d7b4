import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from '../../src/index.ts'
import { type Postgres, startPostgres } from '../servers/postgres.ts'
import { type Cluster, type Redis, startCluster, startRedis } from '../servers/redis.ts'

const APP = new URL('./app.ts', import.meta.url).pathname
const INTERVAL = 1_000
/** What a put itself may take, on a machine that does other things too. */
const SLACK = 500

/** An app with a ledger: how much it had recorded, when. */
interface App {
  readonly child: ChildProcess
  /** The last it has said. */
  sent(): number
  /** What it had said by a moment. */
  by(moment: number): number
  readonly ended: Promise<unknown[]>
}

async function start(storage: string): Promise<App> {
  const child = spawn(process.execPath, [APP, storage, `${INTERVAL}ms`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ledger: [moment: number, sent: number][] = []
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => ledger.push([performance.now(), Number(line)]))
  await once(lines, 'line')
  return {
    child,
    sent: () => ledger.at(-1)![1],
    by: (moment) => ledger.findLast(([at]) => at <= moment)?.[1] ?? 0,
    ended: once(child, 'close'),
  }
}

async function present(storage: string): Promise<number> {
  const metrics = new Metrics({ storage, health: false, system: false, log: () => undefined })
  const { total } = await metrics.query({ metric: 'revenue', from: '1h' })
  await metrics.close()
  return total ?? 0
}

describe('how much is lost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-loss-'))
  let redis: Redis
  let cluster: Cluster
  let postgres: Postgres
  before(async () => {
    ;[redis, cluster, postgres] = await Promise.all([startRedis(), startCluster(), startPostgres()])
  })
  after(async () => {
    await Promise.all([redis.end(), cluster.end(), postgres.end()])
    rmSync(folder, { recursive: true, force: true })
  })

  const STORES: Readonly<Record<string, (name: string) => string>> = {
    SQLite: (name) => `sqlite://${folder}/${name}.db`,
    Redis: (name) => `${redis.url}?prefix=${name}`,
    'Redis Cluster': (name) => `${cluster.url}?prefix=${name}`,
    PostgreSQL: (name) => `${postgres.url}?schema=${name}`,
  }
  for (const [store, url] of Object.entries(STORES)) {
    test(`kill -9 loses at most one interval, whenever it comes, in ${store}`, async () => {
      let least = 0
      let most = 0
      for (const after of [1_700, 2_650]) {
        const app = await start(url('killed'))
        await pause(after)
        const due = app.by(performance.now() - INTERVAL - SLACK)
        app.child.kill('SIGKILL')
        await app.ended
        least += due
        most += app.sent()
        const found = await present(url('killed'))
        assert.ok(due > 0 && found >= least && found <= most + 20, `${least} ≤ ${found} ≤ ${most}`)
        // What was lost is lost: the next one begins from here.
        least = found
        most = found
      }
    })

    test(`SIGTERM with a second of grace loses nothing, in ${store}`, async () => {
      const app = await start(url('ended'))
      await pause(1_600)
      const sent = app.sent()
      app.child.kill('SIGTERM')
      const grace = setTimeout(() => app.child.kill('SIGKILL'), 1_000)
      const [, signal] = await app.ended
      clearTimeout(grace)
      assert.equal(signal, 'SIGTERM', 'it took longer than a second')
      const found = await present(url('ended'))
      assert.ok(found >= sent && found <= app.sent() + 20, `${sent} ≤ ${found} ≤ ${app.sent()}`)
    })
  }
})
