import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { MINUTE, systemClock } from '../src/core/time.ts'
import { Metrics } from '../src/index.ts'
import { memory, MemoryStore } from '../src/storage/memory.ts'
import { sqlite } from '../src/storage/sqlite.ts'
import { engineOf } from '../src/storage/sqlite/engine.ts'
import { withoutClaim } from './storage/before.ts'

const ENTRY = new URL('../src/index.ts', import.meta.url).href
const IDS = 200

/** Tracks every id, each a moment after the other, in an order of its own; says how far it is, then that it is done. */
const PROGRAM = `
  import { setTimeout as pause } from 'node:timers/promises'
  import { Metrics } from ${JSON.stringify(ENTRY)}
  const [storage, seed] = process.argv.slice(1)
  const metrics = new Metrics({ storage, flushEvery: '15ms', release: 'v1' })
  await metrics.ready
  console.log('ready')
  process.stdin.once('data', async () => {
    for (let i = 0; i < ${IDS}; i++) {
      metrics.track('revenue', 0.1, { plan: 'pro' }, { id: 'evt_' + ((i * Number(seed)) % ${IDS}) })
      console.log(i)
      if (i % 4 === 0) await pause(2)
    }
    await metrics.close()
    console.log('done')
    process.exit()
  })
`

interface Child {
  readonly process: ChildProcess
  readonly until: (line: string) => Promise<void>
  readonly ended: Promise<unknown>
}

function start(t: TestContext, storage: string, seed: number): Child {
  const args = ['--input-type=module', '-e', PROGRAM, storage, String(seed)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: tmpdir() })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)
  const seen = new Set<string>()
  lines.on('line', (line) => seen.add(line))
  const ended = once(lines, 'close')
  const until = async (line: string): Promise<void> => {
    while (!seen.has(line)) await Promise.race([once(lines, 'line'), ended.then(() => assert.ok(seen.has(line)))])
  }
  return { process: child, until, ended }
}

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'metrics.db')
}

async function counted(path: string): Promise<{ total: number | null; count: number; warning: string | null }> {
  const metrics = new Metrics({ storage: `sqlite://${path}`, release: 'v1' })
  const { total, rows, warning } = await metrics.query({ metric: 'revenue', from: '1h', agg: ['sum', 'count'] })
  await metrics.close()
  return { total, count: Number(rows[0]?.['count']), warning }
}

/** How many ids would be free in eleven minutes: those that nobody has, or that died with their process. */
async function recoverable(path: string): Promise<number> {
  const retried = new Metrics({ storage: `sqlite://${path}`, release: 'v1' })
  for (let i = 0; i < IDS; i++) retried.track('revenue', 0.1, { plan: 'pro' }, { id: `evt_${i}` })
  await retried.close()
  const driver = sqlite(path)
  await driver.open()
  const connection = engineOf('auto').connect(path)
  const ids = connection
    .prepare('SELECT id FROM claims')
    .all()
    .map((row) => String(row['id']))
  connection.close()
  const free = await driver.claim(ids, 'probe', systemClock.now() + 11 * MINUTE)
  await driver.close()
  return free.filter(Boolean).length
}

test('two processes that get the same webhooks count each once', async (t) => {
  const path = place(t)
  const children = [start(t, `sqlite://${path}`, 7), start(t, `sqlite://${path}`, 11)]
  await Promise.all(children.map(({ until }) => until('ready')))
  for (const { process } of children) process.stdin?.write('go\n')
  await Promise.all(children.map(({ until }) => until('done')))
  assert.deepEqual(await counted(path), { total: 20, count: IDS, warning: null })
  assert.equal(await recoverable(path), 0)
  assert.equal((await counted(path)).count, IDS)
})

for (const at of [20, 60, 100, 140]) {
  test(`one of them is killed after ${at}: nothing counts twice, and what died with it counts with a retry`, async (t) => {
    const path = place(t)
    const children = [start(t, `sqlite://${path}`, 7), start(t, `sqlite://${path}`, 11)] as const
    await Promise.all(children.map(({ until }) => until('ready')))
    for (const { process } of children) process.stdin?.write('go\n')
    await children[0].until(String(at))
    children[0].process.kill('SIGKILL')
    await children[1].until('done')
    const lost = await recoverable(path)
    const { count, total } = await counted(path)
    assert.equal(count + lost, IDS)
    assert.equal(total, Math.round(count) / 10)
    assert.ok(lost <= 60, `${lost} died with it`)
  })
}

test('a restart knows the ids of before, and the ids are nowhere in the file', async (t) => {
  const path = place(t)
  for (let round = 0; round < 3; round++) {
    const metrics = new Metrics({ storage: `sqlite://${path}`, release: 'v1' })
    metrics.track('revenue', 49, { plan: 'pro' }, { id: 'evt_secret_of_the_shop' })
    metrics.track('revenue', 49, { plan: 'pro' }, { id: 'evt_secret_of_the_shop' })
    metrics.track('revenue', -49, { plan: 'pro' }, { id: 'refund_secret_of_the_shop' })
    await metrics.close()
  }
  assert.deepEqual(await counted(path), { total: 0, count: 2, warning: null })
  assert.equal(readFileSync(path).includes('secret_of_the_shop'), false)
})

test('events are kept of what counted, and an answer has what was tracked just before', async () => {
  const store = new MemoryStore()
  const [one, two] = [1, 2].map(() => new Metrics({ storage: memory({ store }), release: 'v1' })) as [Metrics, Metrics]
  for (const metrics of [one, two, one]) {
    metrics.track('revenue', 49, { plan: 'pro' }, { id: 'evt_1' })
    metrics.track('signups', { source: 'ads' }, { id: 7 })
    assert.equal((await metrics.query({ metric: 'revenue', from: '1h' })).total, 49)
    assert.equal((await metrics.query({ metric: 'signups', from: '1h', where: { source: 'ads' } })).total, 1)
  }
  assert.deepEqual(
    store.events.filter(({ kind }) => kind === 'track').map(({ name, value }) => [name, value]),
    [
      ['revenue', 49],
      ['signups', 1],
    ]
  )
  await one.close()
  await two.close()
})

test('a driver of before still works, and says once what it cannot do', async () => {
  const lines: string[] = []
  const driver = withoutClaim(memory())
  const metrics = new Metrics({ storage: driver, log: (line: string) => void lines.push(line), release: 'v1' })
  for (const id of ['a', 'b', 'a']) {
    metrics.track('revenue', 1, {}, { id })
    await metrics.flush()
  }
  assert.equal((await metrics.query({ metric: 'revenue', from: '1h' })).total, 2)
  await metrics.close()
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /'mine' has no claim/)
})
