import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { captured, Eye, serve, ticking, until } from './world.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Stream {
  readonly eye: Eye
  readonly url: string
  closed: boolean
}

async function streaming(t: TestContext): Promise<Stream> {
  const made: { eye: Eye; closed: boolean } = { eye: new Eye(t), closed: false }
  const origin = await serve(
    t,
    ticking(() => (made.closed = true))
  )
  return Object.assign(made, { url: `${origin}/v1/x` })
}

for (const [name, call] of [
  ['fetch', fetch],
  ['a fetch taken before us', captured],
] as const) {
  test(`${name}: leaving a stream after three chunks returns at once, and the server sees it`, async (t) => {
    const stream = await streaming(t)
    let chunks = 0
    for await (const chunk of (await call(stream.url)).body!) if (chunk.length > 0 && ++chunks === 3) break
    await until(() => stream.closed, 1_000)
    const told = await stream.eye.one()
    assert.deepEqual(told.endings, ['left'])
    assert.match(told.text, /^data: \{"n":0\}\n\ndata: \{"n":1\}/)
  })

  test(`${name}: an abort in mid-stream is the app’s AbortError, and the server sees it`, async (t) => {
    const stream = await streaming(t)
    const controller = new AbortController()
    const reader = (await call(stream.url, { signal: controller.signal })).body!.getReader()
    await reader.read()
    controller.abort()
    await assert.rejects(
      (async () => {
        for (;;) await reader.read()
      })(),
      { name: 'AbortError' }
    )
    await until(() => stream.closed, 1_000)
    assert.deepEqual((await stream.eye.one()).endings, [call === fetch ? 'aborted' : 'left'])
  })

  test(`${name}: an abort before the head is told as one`, async (t) => {
    const eye = new Eye(t)
    const origin = await serve(t, () => undefined)
    const signal = AbortSignal.timeout(30)
    await assert.rejects(call(`${origin}/v1/x`, { signal }), { name: 'TimeoutError' })
    assert.deepEqual((await eye.one()).endings, ['aborted'])
  })

  test(`${name}: a server that dies in mid-stream fails the stream as before`, async (t) => {
    const eye = new Eye(t)
    const origin = await serve(t, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n', () => response.destroy())
    })
    const response = await call(`${origin}/v1/x`)
    await assert.rejects(
      response.text(),
      (error: Error) => error instanceof TypeError && error.message === 'terminated'
    )
    const told = await eye.one()
    assert.deepEqual([told.text, told.endings], ['data: 1\n\n', ['failed']])
  })

  test(`${name}: bytes that come one by one are told as they come`, async (t) => {
    const eye = new Eye(t)
    const text = 'data: {"ü":"€😀"}\r\n\r\n'
    const origin = await serve(t, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.socket!.setNoDelay(true)
      const bytes = [...Buffer.from(text)]
      const next = (): void => {
        const byte = bytes.shift()
        if (byte === undefined) response.end()
        else response.write(Buffer.from([byte]), () => setImmediate(next))
      }
      next()
    })
    assert.equal(await (await call(`${origin}/v1/x`)).text(), text)
    const told = await eye.one()
    assert.deepEqual([told.size, told.endings], [Buffer.byteLength(text), ['whole']])
  })

  test(`${name}: a reader who stops keeps the server from sending, and memory from growing`, async (t) => {
    const eye = new Eye(t)
    const whole = 35 * 1024 * 1024
    const piece = Buffer.alloc(256 * 1024, 'x')
    let sent = 0
    const origin = await serve(t, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const fill = (): void => {
        while (sent < whole) {
          sent += piece.length
          if (!response.write(piece)) return void response.once('drain', fill)
        }
        response.end()
      }
      fill()
    })
    const response = await call(`${origin}/v1/x`)
    const before = process.memoryUsage().arrayBuffers
    await sleep(100)
    assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were sent, and nobody reads`)
    let [got, most, chunks] = [0, 0, 0]
    for await (const chunk of response.body!) {
      got += chunk.length
      if (++chunks % 100 !== 0) continue
      collect()
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    assert.equal(got, whole)
    assert.equal((await eye.one()).size, whole)
    assert.ok(most < 20 * 1024 * 1024, `${most} bytes were kept`)
  })
}

test('both halves of a clone are read, and leaving both leaves the server', async (t) => {
  const stream = await streaming(t)
  const response = await fetch(stream.url)
  const readers = [response.clone(), response].map((one) => one.body!.getReader())
  const [first, second] = await Promise.all(readers.map((reader) => reader.read()))
  assert.deepEqual(first!.value, second!.value)
  await Promise.all(readers.map((reader) => reader.cancel()))
  await until(() => stream.closed, 1_000)
  assert.deepEqual((await stream.eye.one()).endings, ['left'])
})

test('an abort is known to whoever waits for the end, without a read', async (t) => {
  const stream = await streaming(t)
  const controller = new AbortController()
  const reader = (await fetch(stream.url, { signal: controller.signal })).body!.getReader()
  const closed = assert.rejects(reader.closed, { name: 'AbortError' })
  controller.abort()
  await closed
  assert.deepEqual((await stream.eye.one()).endings, ['aborted'])
})

test('an abort with a reason of the app’s own is an abort', async (t) => {
  const stream = await streaming(t)
  const controller = new AbortController()
  const response = await fetch(stream.url, { signal: controller.signal })
  const reason = new RangeError('enough')
  controller.abort(reason)
  await assert.rejects(response.text())
  assert.deepEqual((await stream.eye.one()).endings, ['aborted'])
})

test('a stream that nobody read and nobody can is let go, with its connection', async (t) => {
  const stream = await streaming(t)
  await (async () => {
    assert.equal((await fetch(stream.url)).status, 200)
  })()
  for (let times = 0; !stream.closed && times < 200; times++) {
    collect()
    await sleep(10)
  }
  assert.equal(stream.closed, true)
  assert.deepEqual((await stream.eye.one()).endings, ['left'])
})

test('a response that somebody made of other things passes as it is', async (t) => {
  const eye = new Eye(t)
  const ours = fetch
  t.after(() => (globalThis.fetch = ours))
  const { llmHub } = await import('../../../src/llm/hub.ts')
  const around = (response: unknown) => llmHub().around((async () => response) as unknown as typeof fetch)
  const url = 'http://127.0.0.1:1/v1/x'

  // Small Buffers share their memory with others: a stream of bytes would take it from them.
  const pooled = Buffer.from('pooled')
  const text = new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(pooled)
        controller.enqueue(new Uint8Array(0))
        controller.close()
      },
    }),
    { headers: { 'content-type': 'application/json' } }
  )
  assert.equal(await (await around(text)(url)).text(), 'pooled')
  assert.equal(pooled.toString(), 'pooled')

  const odd = await around(
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue('no bytes' as never)
          controller.close()
        },
      })
    )
  )(url)
  const reader = odd.body!.getReader()
  assert.deepEqual(await reader.read(), { done: false, value: 'no bytes' })
  assert.deepEqual(
    eye.all.map((told) => told.text),
    ['pooled', '']
  )
  eye.all.length = 0

  const used = new Response('used')
  await used.text()
  class Mine extends Response {}
  const lists: unknown[] = [used, new Mine('x'), { ok: true, json: async () => 1 }, 'text', undefined, Response.error()]
  for (const response of lists) assert.equal(await around(response)(url), response)
  assert.equal(eye.missing.length, 5)
  const marked = Object.assign(new Response('x'), { mark: 1 })
  assert.equal(((await around(marked)(url)) as typeof marked).mark, 1)
  const sync = llmHub().around((() => new Response('sync')) as unknown as typeof fetch)
  assert.ok((sync(url) as unknown) instanceof Response)
  const thrown = llmHub().around((): never => {
    throw new RangeError('mine')
  })
  assert.throws(() => (thrown as typeof fetch)(url), RangeError)
})
