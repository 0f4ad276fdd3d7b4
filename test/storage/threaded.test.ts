import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { hash } from '../../src/core/ids.ts'
import { type Code, MetricsError } from '../../src/errors.ts'
import { batch, box, bytes, event, START } from '../../src/storage/cases/ground.ts'
import { memory } from '../../src/storage/memory.ts'
import { connect } from '../../src/storage/open.ts'
import type { Box, Name } from '../../src/storage/driver.ts'
import type { Ask, Store } from '../../src/storage/store.ts'
import { Threaded, type ThreadedOptions } from '../../src/storage/threaded.ts'
import { Desk } from './desk.ts'
import { folder } from './place.ts'

const WORKER = new URL('./thread.ts', import.meta.url)
const coded = (code: Code) => (error: unknown) => error instanceof MetricsError && error.code === code

function ask(route: string, value: string = ''): Ask {
  return { route, params: [['value', value]], url: '', accept: '', now: START, facts: {} }
}

function threaded(t: TestContext, more: Partial<ThreadedOptions> = {}): Store {
  const place = { kind: 'sqlite', path: join(folder(t), 'metrics.db'), options: {} } as const
  const local = async (): Promise<Store> => {
    const { driver, standing } = await connect(place)
    return new Desk(driver, standing)
  }
  const store = new Threaded({ url: WORKER, data: { place }, local, heap: 64, ...more })
  t.after(() => store.close())
  return store
}

const put = batch({
  boxes: [box(START, { numbers: bytes(1_000).subarray(10, 500), detail: bytes(40_000) })],
  events: [event(1), event(2)],
})

/** Until the thread is there again; a put is what the flusher would do. */
async function back(store: Store): Promise<void> {
  for (const until = performance.now() + 5_000; ;) {
    try {
      return await store.put(put)
    } catch (error) {
      if (performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

test('a store in a thread does what the same store does here', async (t) => {
  const store = threaded(t)
  assert.deepEqual(await store.open(), { mode: 'disk', driver: 'sqlite', problem: null })
  await store.put(put)
  await store.put(put)
  assert.equal((await store.size()).events, 2)
  assert.equal(await store.swap('key', undefined, 'value'), true)
  assert.equal(await store.swap('key', undefined, 'other'), false)
  assert.equal(await store.get('key'), 'value')
  assert.deepEqual(await store.claim(['a', 'b'], 'w', START), [true, true])
  assert.deepEqual(await store.claim(['b', 'c'], 'v', START), [false, true])
  const { status, headers, body } = await store.answer(ask('count'))
  assert.deepEqual([status, headers['route'], Buffer.from(body).toString()], [200, 'count', '2 events'])
  assert.equal(put.boxes[0]?.numbers.length, 490, 'the bytes of a batch must stay for the next try')
})

test('many events and names come there whole and in order', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const store = threaded(t, { data: { place: { kind: 'sqlite', path, options: {} } } })
  const events = Array.from({ length: 120 }, (_, i) => event(i + 1))
  const names = Array.from({ length: 101 }, (_, i) => ({ id: hash(`m${i}`), text: `{"labels":{"n":"${i}"}}` }))
  await store.put(batch({ events, names }))
  await store.close()
  const { driver } = await connect({ kind: 'sqlite', path, options: {} })
  t.after(() => driver.close())
  const found: Name[] = []
  for await (const name of driver.names()) found.push(name)
  assert.deepEqual(
    found,
    names.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  )
  const numbers: number[] = []
  for await (const { number } of driver.events({ from: 0, to: Infinity })) numbers.push(number)
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    events.map(({ number }) => number)
  )
})

test('a large box comes there whole, and stays here for the next try', async (t) => {
  const path = join(folder(t), 'metrics.db')
  const store = threaded(t, { data: { place: { kind: 'sqlite', path, options: {} } } })
  const large = batch({ boxes: [box(START, { detail: bytes(2_000_000) }), box(START + 60_000)] })
  await store.put(large)
  await store.put(large)
  assert.deepEqual(large.boxes[0]?.detail, bytes(2_000_000))
  await store.close()
  const { driver } = await connect({ kind: 'sqlite', path, options: {} })
  t.after(() => driver.close())
  const kept: Box[] = []
  const all = { tier: '1m', which: 'open', from: 0, to: Infinity, detail: true } as const
  for await (const one of driver.boxes(all)) kept.push(one)
  assert.deepEqual(
    kept.map(({ start, detail }) => [start, Buffer.from(detail).equals(bytes(detail.length))]),
    [
      [START, true],
      [START + 60_000, true],
    ]
  )
  assert.deepEqual(
    kept.map(({ detail }) => detail.length),
    [2_000_000, 0]
  )
})

test('an error crosses the thread with its code and its hint, and what cannot be sent is refused', async (t) => {
  const place = { kind: 'sqlite', path: join(folder(t), 'metrics.db'), options: {} }
  const store = threaded(t, { data: { place } })
  assert.equal((await store.open()).mode, 'disk')
  await assert.rejects(store.answer({ ...ask('count'), facts: { broken: () => 1 } }), coded('storage_failed'))
  await assert.rejects(
    store.answer(ask('refuse', 'no such zone')),
    (error) =>
      error instanceof MetricsError &&
      error.code === 'bad_timezone' &&
      error.message === 'no such zone' &&
      error.hint === 'hint' &&
      error.parameter === 'timezone'
  )
})

for (const [name, route] of [
  ['throws', 'throw'],
  ['exits', 'exit'],
  ['runs out of memory', 'memory'],
] as const) {
  test(`a thread that ${name} is started again, and what waited for it is told`, async (t) => {
    const store = threaded(t)
    await store.put(put)
    const waiting = store.answer(ask('wait', '30000'))
    await Promise.all([
      assert.rejects(store.answer(ask(route, 'on purpose')), coded('storage_failed')),
      assert.rejects(waiting, coded('storage_failed')),
    ])
    await back(store)
    assert.equal((await store.size()).events, 2)
  })
}

test('what a thread has turned away stays counted when it is started again', async (t) => {
  const store = threaded(t)
  await store.put(put)
  assert.equal(store.standing().refused, undefined)
  await store.answer(ask('turn away', '3'))
  assert.equal(store.standing().refused, 3)
  await assert.rejects(store.answer(ask('exit')), coded('storage_failed'))
  assert.equal(store.standing().refused, 3)
  await back(store)
  assert.equal(store.standing().refused, 3)
  await store.answer(ask('turn away', '2'))
  assert.equal(store.standing().refused, 5)
})

test('a thread that hangs is replaced', async (t) => {
  const store = threaded(t, { timeouts: { answer: 250 } })
  await store.put(put)
  await assert.rejects(store.answer(ask('spin', '20000')), coded('storage_timeout'))
  await back(store)
  assert.equal((await store.size()).events, 2)
})

test('a call that takes too long is given up, the thread goes on', async (t) => {
  const store = threaded(t, { timeouts: { answer: 100 } })
  await store.open()
  const slow = store.answer(ask('wait', '1000'))
  const others = setInterval(() => void store.size(), 20)
  await assert.rejects(slow, coded('storage_timeout'))
  clearInterval(others)
  await store.put(put)
  assert.equal((await store.size()).events, 2)
})

test('calls on their way are bounded', async (t) => {
  const store = threaded(t)
  await store.open()
  const calls = await Promise.allSettled(Array.from({ length: 300 }, () => store.answer(ask('wait', '100'))))
  const refused = calls.filter((call) => call.status === 'rejected')
  assert.equal(refused.length, 300 - 128)
  assert.ok(refused.every(({ reason }) => coded('storage_busy')(reason)))
  await store.put(put)
})

test('without its file the store works in this thread', async (t) => {
  const store = threaded(t, { url: new URL('./no-such-file.js', import.meta.url) })
  assert.equal((await store.open()).mode, 'disk')
  await store.put(put)
  assert.equal((await store.size()).events, 2)
  assert.equal(store.standing().mode, 'disk')
})

test('with a file that cannot be loaded the store works in this thread', async (t) => {
  const store = threaded(t, { url: new URL('data:text/javascript,import "no-such-package"') })
  await store.put(put)
  assert.equal((await store.size()).events, 2)
})

test('a file that cannot be loaded is not tried again and again', async (t) => {
  let started = 0
  const count = (): void => void started++
  process.on('worker', count)
  t.after(() => process.off('worker', count))
  const store = threaded(t, { url: new URL('data:text/javascript,import "no-such-package"') })
  await store.put(put)
  // A thread that had come would be started again after 100 ms, and after 200 ms more.
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.equal(started, 1)
})

test('a store that could not be had in this thread either is tried again', async (t) => {
  const driver = memory()
  await driver.open()
  const desk = new Desk(driver, () => ({ mode: 'memory', driver: 'memory', problem: null }))
  let tries = 0
  const local = async (): Promise<Store> => {
    if (tries++ === 0) throw new Error('not now')
    return desk
  }
  const store = threaded(t, { url: new URL('./no-such-file.js', import.meta.url), local })
  await assert.rejects(store.put(put), /not now/)
  await store.put(put)
  assert.equal((await store.size()).events, 2)
})

const HELD = new URL(`data:text/javascript,throw new Error('EMFILE: too many open files')`)
const SILENT = new URL('data:text/javascript,setInterval(() => undefined, 60000)')

for (const [name, url] of [
  ['cannot be had for now', HELD],
  ['says nothing', SILENT],
] as const) {
  test(`where a thread ${name}, each call is told so in time`, async (t) => {
    // Nothing of a store keeps a process alive that has nothing else to do.
    const busy = setInterval(() => undefined, 1_000)
    t.after(() => clearInterval(busy))
    const store = threaded(t, { url, timeouts: { put: 200 } })
    await assert.rejects(store.put(put), coded('storage_timeout'))
    await assert.rejects(store.put(put), coded('storage_timeout'))
  })

  test(`where a thread ${name}, closing ends what waits for it`, async (t) => {
    const store = threaded(t, { url, timeouts: { close: 200 } })
    const waiting = assert.rejects(store.put(put), coded('closed'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await store.close()
    await waiting
  })
}

test('closing twice resolves, and calls after it are rejected as closed', async (t) => {
  const store = threaded(t)
  await store.put(put)
  await Promise.all([store.close(), store.close()])
  await store.close()
  await assert.rejects(store.put(put), coded('closed'))
})

test('closing ends a thread that hangs, within its deadline', async (t) => {
  const store = threaded(t, { timeouts: { close: 200 } })
  await store.open()
  const hanging = assert.rejects(store.answer(ask('spin', '20000')), coded('storage_failed'))
  const started = performance.now()
  await store.close()
  assert.ok(performance.now() - started < 10_000)
  await hanging
})

test('closing a store that was never used makes nothing', async (t) => {
  await threaded(t).close()
})

const run = promisify(execFile)

/** A script that has a store in a thread, in a process of its own; answers what it prints. */
async function script(
  t: TestContext,
  body: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {}
): Promise<string> {
  const home = folder(t)
  const source = `
    import { Threaded } from ${JSON.stringify(new URL('../../src/storage/threaded.ts', import.meta.url).href)}
    import { batch, event } from ${JSON.stringify(new URL('../../src/storage/cases/ground.ts', import.meta.url).href)}
    const place = { kind: 'sqlite', path: ${JSON.stringify(join(home, 'm.db'))}, options: {} }
    const store = new Threaded({ url: new URL(${JSON.stringify(WORKER.href)}), data: { place }, local: () => { throw new Error('local') } })
    ${body}`
  const { stdout, stderr } = await run(process.execPath, [...args, '--input-type=module', '-e', source], {
    timeout: 10_000,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
  })
  return stdout + stderr
}

test('the process ends by itself, after what was put has arrived', async (t) => {
  const said = await script(
    t,
    `await store.put(batch({ events: [event(1)] }))
     void store.put(batch({ events: [event(2)] })).then(async () => console.log((await store.size()).events))`
  )
  assert.equal(said.trim(), '2')
})

test('what the app preloads is not loaded in the thread', async (t) => {
  const preload = `data:text/javascript,import { isMainThread } from 'node:worker_threads'; console.log('main', isMainThread)`
  const body = 'await store.open(); await store.close()'
  const encoded = preload.replaceAll(' ', '%20')
  assert.equal((await script(t, body, ['--import', encoded])).trim(), 'main true')
  assert.equal((await script(t, body, [], { NODE_OPTIONS: `--import=${encoded}` })).trim(), 'main true')
})
