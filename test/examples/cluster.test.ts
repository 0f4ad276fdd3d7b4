import assert from 'node:assert/strict'
import { once } from 'node:events'
import { before, test } from 'node:test'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Metrics } from '../../src/index.ts'
import { built, eventually, folder, root, start } from './world.ts'

before(built)

interface Rows {
  readonly total: number
  readonly instances: number
  readonly data: readonly Record<string, unknown>[]
}

test('workers of one cluster count exactly, one that is killed included', async (t) => {
  const env = { METRICS_STORAGE: `sqlite://${join(folder(t), 'metrics.db')}`, PORT: '0', WORKERS: '2' }
  const app = start(t, process.execPath, [join(root, 'examples', 'cluster', 'app.js')], { cwd: root, env })
  const said = async (count: number): Promise<string[]> => {
    for (;;) {
      const lines = app
        .said()
        .split('\n')
        .filter((line) => line.startsWith('http'))
      if (lines.length >= count) return lines
      await sleep(50)
    }
  }
  const [first = ''] = await said(2)
  const origin = first.slice(0, first.indexOf('/metrics'))
  const visit = async (times: number): Promise<Set<number>> => {
    const seen = new Set<number>()
    for (let i = 0; i < times; i++) {
      const answer = await fetch(origin, { headers: { connection: 'close' } })
      seen.add(((await answer.json()) as { from: number }).from)
    }
    return seen
  }
  const asked = async (path: string): Promise<Rows> => (await (await fetch(origin + path)).json()) as Rows
  const counts = async (expected: number): Promise<void> => {
    for (let left = 100; ; left--) {
      const { total } = await asked('/metrics/query?metric=http_requests')
      if (total === expected) return
      assert.ok(left > 0 && total < expected, `${total} of ${expected}`)
      await sleep(100)
    }
  }

  const pids = await visit(40)
  assert.equal(pids.size, 2, 'both workers answer')
  await counts(40)
  const byInstance = await asked('/metrics/query?metric=http_requests&group_by=instance')
  assert.equal(byInstance.data.length, 2)
  assert.equal((await asked('/metrics')).instances, 2)

  process.kill([...pids][0]!, 'SIGKILL')
  await said(3)
  await visit(20)
  await counts(60)
})

test('workers that are told to end write what they have, and the primary ends after them', async (t) => {
  const storage = `sqlite://${join(folder(t), 'metrics.db')}`
  const env = { METRICS_STORAGE: storage, PORT: '0', WORKERS: '2' }
  const app = start(t, process.execPath, [join(root, 'examples', 'cluster', 'app.js')], { cwd: root, env })
  const origin = await eventually(
    () => Promise.resolve(/(http:\/\/\S+)\/metrics[\s\S]*\(worker[\s\S]*\(worker/.exec(app.said())?.[1]),
    app.said
  )
  for (let i = 0; i < 20; i++) await (await fetch(origin, { headers: { connection: 'close' } })).text()
  const closed = once(app.child, 'close')
  app.child.kill('SIGTERM')
  await closed
  const metrics = new Metrics({ storage, log: () => undefined })
  t.after(() => metrics.close())
  assert.equal((await metrics.query({ metric: 'http_requests', from: '1h' })).total, 20)
})
