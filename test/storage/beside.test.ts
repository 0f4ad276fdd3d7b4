import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from '../../src/index.ts'
import { batch, box, boxesOf, event, eventsOf, MINUTE, START } from '../../src/storage/cases/ground.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { child, folder } from './place.ts'

const ENTRY = new URL('../../src/index.ts', import.meta.url).href

test('R7: while another process holds the file for three seconds nobody waits but the flush, and nothing is lost', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const lines: string[] = []
  const log = (line: string): void => void lines.push(line)
  const metrics = new Metrics({ storage: `sqlite://${path}`, flushEvery: '50ms', health: false, log })
  await metrics.ready
  metrics.track('revenue', 1)
  assert.equal(await metrics.flush(), true)
  const holder = child(t, ['hold', path, '3000'])
  await holder.until((line) => line === 'held')
  let sent = 1
  for (let over = false; !over; sent++) {
    metrics.track('revenue', 1)
    over = await Promise.race([holder.ended.then(() => true), pause(2, false)])
  }
  assert.equal(await metrics.flush(), true)
  assert.equal((await metrics.query({ metric: 'revenue', from: '1h' })).total, sent)
  assert.deepEqual(
    lines.filter((line) => /locked|busy|holds/.test(line)),
    []
  )
  await metrics.close()
})

test('R30: while one process prunes another writes; only what is old goes, and nobody hears of a lock', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const driver = sqlite(path)
  await driver.open()
  const old = START - 10_000 * MINUTE
  for (let round = 0; round < 10; round++) {
    const boxes = Array.from({ length: 100 }, (_, at) => box(old + (round * 100 + at) * MINUTE))
    await driver.put(batch({ boxes, events: [event(round + 1, { writer: 'old', time: old })] }))
  }
  const writing = child(t, ['write', path, 'w', '150'])
  await writing.until((line) => line === 'open')
  let gone = 0
  for (let step = 1; step <= 20; step++) {
    gone += await driver.prune('open', old + step * 50 * MINUTE)
    await driver.prune('events', START - MINUTE)
    await pause(5)
  }
  await writing.ended
  assert.equal(gone, 1_000)
  assert.deepEqual(
    writing.lines.filter((line) => line !== 'open' && !Number.isFinite(Number(line))),
    []
  )
  assert.equal((await boxesOf(driver)).length, 1)
  assert.equal((await eventsOf(driver)).filter(({ writer }) => writer === 'w').length, 3_000)
  await driver.close()
})

/** An app that uses up its file descriptors, before or after the store has opened, serves all the same, and gives them back. */
const EXHAUSTED = (first: boolean): string => `
  import { closeSync, openSync } from 'node:fs'
  import { createServer, request, Agent } from 'node:http'
  import { once } from 'node:events'
  import { Metrics } from ${JSON.stringify(ENTRY)}
  process.on('uncaughtException', (error) => { console.log('UNCAUGHT ' + error.message); process.exit(9) })
  process.on('unhandledRejection', (error) => { console.log('UNHANDLED ' + error); process.exit(9) })
  const server = createServer((_, response) => response.end('ok'))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const visit = async () => {
    const sent = request({ port: server.address().port, agent }).end()
    const [response] = await once(sent, 'response')
    response.resume()
    await once(response, 'end')
    return response.statusCode
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await visit()
  const fds = []
  const exhaust = () => { try { for (;;) fds.push(openSync('/dev/null')) } catch (error) { console.log(error.code) } }
  if (${first}) exhaust()
  const metrics = new Metrics(server, { flushEvery: '20ms', log: (line) => console.log('LOG ' + line) })
  if (!${first}) { await metrics.ready; await visit(); exhaust() }
  let sent = 0
  for (let i = 0; i < 50; i++) {
    metrics.track('revenue', 1); sent++
    if (await visit() !== 200) console.log('NOT ANSWERED')
  }
  for (const fd of fds) closeSync(fd)
  let kept = false
  for (let left = 100; left > 0 && !kept; left--) { kept = await metrics.flush(); if (!kept) await new Promise((resolve) => setTimeout(resolve, 100)) }
  const { total } = await metrics.query({ metric: 'revenue', from: '1h' })
  console.log('TOTAL ' + (total === sent) + ' ' + metrics.constructor.name)
  agent.destroy()
  server.close()
  await metrics.close()
  console.log('END')
`

for (const [when, first] of [
  ['before the store has opened', true],
  ['after that', false],
] as const) {
  test(`R34: an app without file descriptors, ${when}, is served, and its numbers are there when they are back`, async (t) => {
    const args = ['--nofile=64', process.execPath, '--input-type=module', '-e', EXHAUSTED(first)]
    const app = spawn('prlimit', args, { cwd: folder(t), stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => app.kill('SIGKILL'))
    let said = ''
    app.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(app, 'close')) as [number | null]
    assert.match(said, /EMFILE/)
    assert.match(said, /TOTAL true/, said)
    assert.doesNotMatch(said, /UNCAUGHT|UNHANDLED|NOT ANSWERED/)
    assert.ok(code === 0 && said.trimEnd().endsWith('END'), said)
  })
}
