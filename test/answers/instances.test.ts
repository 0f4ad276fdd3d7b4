import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SECOND } from '../../src/core/time.ts'
import { type Redis, startRedis } from '../servers/redis.ts'
import type { Reply } from './fleet/child.ts'
import { Fleet } from './fleet/fleet.ts'
import { NOW, steps } from './fleet/traffic.ts'

interface Process {
  readonly instance: string
  readonly running: boolean
  readonly uptime_seconds: number | null
  readonly last_heartbeat_ts: number
  readonly active_requests: number
}

interface Snapshot {
  readonly instances: number
  readonly active_requests: number
  readonly data: readonly Process[]
}

const read = <T>(reply: Reply | undefined): T => JSON.parse(reply?.body ?? '') as T
const LAST = 'metric=http_active&from=10m&agg=last'

const shownIn = ({ instances, active_requests, data }: Snapshot): Snapshot => ({ instances, active_requests, data })

/** What is in flight, and who is there, in every form in which it can be asked. */
async function standing(fleet: Fleet) {
  const urls = [
    '/metrics?group_by=instance',
    `/metrics/query?${LAST}`,
    `/metrics/query?${LAST}&group_by=instance&order=label`,
    '/metrics?format=prometheus&metric=http_active',
    '/metrics/query?metric=http_requests&from=4d&group_by=instance&order=label',
    '/metrics/query?metric=uptime_seconds&from=10m&group_by=instance&agg=last&order=label',
  ]
  const [snapshot, whole, apart, scraped, requests, uptime] = await fleet.ask(urls)
  const by = (reply: Reply | undefined): Record<string, number> =>
    Object.fromEntries(
      read<{ data: { instance: string; value: number }[] }>(reply).data.map(({ instance, value }) => [instance, value])
    )
  return {
    snapshot: shownIn(read<Snapshot>(snapshot)),
    inFlight: read<{ total: number }>(whole).total,
    apart: by(apart),
    scraped: Number(/http_requests_active\S* (\d+)/.exec(scraped?.body ?? '')?.[1]),
    requests: by(requests),
    uptime: Object.keys(by(uptime)),
  }
}

describe('processes of one store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-instances-'))
  let redis: Redis
  before(async () => {
    redis = await startRedis()
  })
  after(async () => {
    await redis.end()
    rmSync(folder, { recursive: true, force: true })
  })

  const STORES = { SQLite: () => `sqlite://${folder}/m.db`, Redis: () => redis.url }
  for (const [store, url] of Object.entries(STORES)) {
    test(`in ${store}: each is shown with uptime and last heartbeat; one that is killed leaves the gauges, not the counts`, async () => {
      const names = ['a', 'b', 'c']
      const fleet = await Fleet.start({ storage: url(), seed: 3, perStep: 12, names, hosts: false, system: true })
      try {
        // Three requests come to be in flight, one in each of these.
        for (const [step, end] of steps().entries()) if (end > NOW - 400 * SECOND) await fleet.step(step)
        await fleet.at(NOW)
        const all = await standing(fleet)
        const [lost] = Object.entries(all.apart).find(([, value]) => value > 0)!
        const left = 3 - all.apart[lost]!
        assert.deepEqual(
          all.snapshot.data.map(({ instance }) => instance),
          ['a', 'asked', 'b', 'c']
        )
        assert.deepEqual(all.uptime, ['a', 'asked', 'b', 'c'])
        for (const { running, uptime_seconds: up, last_heartbeat_ts: heard } of all.snapshot.data)
          assert.ok(running && up !== null && up >= 0 && heard === NOW, JSON.stringify(all.snapshot.data))
        assert.deepEqual(
          [all.snapshot.instances, all.snapshot.active_requests, all.inFlight, all.scraped],
          [4, 3, 3, 3]
        )

        await fleet.kill(names.indexOf(lost))
        assert.deepEqual(await standing(fleet), all, 'nobody can know yet')

        for (const ms of [10, 20, 31, 46]) await fleet.at(NOW + ms * SECOND)
        const later = await standing(fleet)
        assert.deepEqual([later.inFlight, later.scraped], [left, left])
        assert.deepEqual([later.snapshot.instances, later.snapshot.active_requests], [3, left])
        const gone = later.snapshot.data.at(-1)!
        assert.deepEqual(
          [gone.instance, gone.running, gone.last_heartbeat_ts, gone.active_requests],
          [lost, false, NOW, 0]
        )
        assert.deepEqual(later.requests, all.requests)
        assert.deepEqual(later.uptime, ['a', 'asked', 'b', 'c'])

        await fleet.at(NOW + 301 * SECOND)
        const end = await standing(fleet)
        assert.equal(end.snapshot.data.length, 3)
        assert.deepEqual(end.requests, all.requests)
      } finally {
        await fleet.end()
      }
    })
  }
})
