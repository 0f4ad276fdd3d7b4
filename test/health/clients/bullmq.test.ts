import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { Queue, Worker } from 'bullmq'
import { recognise } from '../../../src/health/clients/recognise.ts'
import { type Redis, startRedis } from '../../servers/redis.ts'
import { until, Watch } from './world.ts'

let server: Redis

before(async () => {
  server = await startRedis()
})

after(() => server.end())

function queue(t: TestContext, name: string): Queue {
  const made = new Queue(name, { connection: { host: '127.0.0.1', port: server.port, retryStrategy: () => 50 } })
  made.on('error', () => undefined)
  t.after(() => made.close())
  return made
}

test('a queue warns when too many jobs wait, and when too many have failed', async (t) => {
  const mail = queue(t, 'mail')
  const watch = new Watch(t, { queue: mail, waiting: 2, failed: 0 })
  await watch.until(/^pass$/)
  await mail.addBulk(['a', 'b', 'c'].map((name) => ({ name, data: {} })))
  await mail.add('urgent', {}, { priority: 1 })
  await watch.until(/^warn queue_waiting$/)
  assert.deepEqual([watch.row.value, watch.row.unit], [4, 'jobs'])
  const worker = new Worker('mail', () => Promise.reject(new Error('no')), {
    connection: { host: '127.0.0.1', port: server.port },
  })
  t.after(() => worker.close())
  await watch.until(/^warn queue_failed$/)
  await until(() => watch.row.value === 4)
  await mail.clean(0, 100, 'failed')
  await watch.until(/^pass$/)
})

test('a queue by itself passes with what is usual, also when it is paused', async (t) => {
  const mail = queue(t, 'usual')
  await mail.pause()
  await mail.addBulk(Array.from({ length: 20 }, () => ({ name: 'a', data: {} })))
  const watch = new Watch(t, mail)
  await watch.until(/^pass$/)
  assert.equal(watch.row.value, 20)
})

test('a queue whose Redis is stopped fails, and passes again with one command at a time', async (t) => {
  const watch = new Watch(t, queue(t, 'stopped'))
  await watch.until(/^pass$/)
  await server.stop()
  await watch.until(/^fail /)
  await watch.runs(3)
  await server.start()
  assert.ok((await watch.until(/^pass$/)) <= 2)
})

test('limits that are none are refused by name', () => {
  const like = { getJobCounts: () => ({}), add: () => 1, close: () => 1, pause: () => 1 }
  for (const [target, message] of [
    [{ queue: like, waiting: -1 }, /\{ queue \}: waiting/],
    [{ queue: like, failed: '5' }, /\{ queue \}: failed/],
    [{ queue: like, depth: 5 }, /depth/],
    [{ queue: 'mail' }, /no Queue of BullMQ/],
    [{ queue: {} }, /no Queue of BullMQ/],
  ] as const) {
    assert.throws(() => recognise(target), { code: 'bad_option', message })
  }
})
