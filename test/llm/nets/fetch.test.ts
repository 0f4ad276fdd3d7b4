import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Eye, json, route, serve } from './world.ts'

test('a response is what it was: status, headers, url, type, redirected, clone', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, (request, response) => {
    if (request.url === '/v1/old') return response.writeHead(307, { location: '/v1/new' }).end()
    response.writeHead(201, 'Made It', [
      ['content-type', 'application/json'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ] as never)
    return response.end('{"a":1}')
  })
  const response = await fetch(`${origin}/v1/old`)
  for (const one of [response, response.clone(), response.clone().clone()]) {
    assert.ok(one instanceof Response)
    assert.deepEqual(
      [one.status, one.statusText, one.ok, one.url, one.type, one.redirected, one.bodyUsed],
      [201, 'Made It', true, `${origin}/v1/new`, 'basic', true, false]
    )
    assert.deepEqual(one.headers.getSetCookie(), ['a=1', 'b=2'])
    assert.throws(() => one.headers.set('a', 'b'), TypeError)
    assert.throws(() => Object.assign(one, { url: 'other' }), TypeError)
    assert.deepEqual(await one.json(), { a: 1 })
    assert.deepEqual(Object.keys(one), [])
  }
  const told = await eye.one()
  assert.deepEqual([told.status, told.text, told.endings], [201, '{"a":1}', ['whole']])
})

test('what the request says is known however it is given', async (t) => {
  const origin = await serve(t, json('{}'))
  const url = `${origin}/v1/x`
  const body = '{"model":"m"}'
  const form = new FormData()
  form.set('model', 'm')
  form.set('file', new Blob(['x'.repeat(1000)]))
  form.set('prompt', 'p'.repeat(1000))
  const bytes = new TextEncoder().encode(`__${body}`)
  const calls: [call: () => Promise<Response>, body: string | undefined, key: string | undefined][] = [
    [() => fetch(url, { method: 'post', headers: { 'X-Key': 'k' }, body }), body, 'k'],
    [() => fetch(new URL(url), { method: 'POST', headers: [['x-key', 'k']], body }), body, 'k'],
    [() => fetch(url, { method: 'POST', headers: new Headers({ 'x-key': 'k' }), body: bytes.subarray(2) }), body, 'k'],
    [() => fetch(url, { method: 'POST', body: new DataView(bytes.buffer, 2) }), body, undefined],
    [() => fetch(url, { method: 'POST', body: bytes.slice(2).buffer }), body, undefined],
    [() => fetch(url, { method: 'POST', body: form }), body, undefined],
    [() => fetch(url, { method: 'POST', body: new Blob([body]) }), undefined, undefined],
    [() => fetch(new Request(url, { method: 'POST', headers: { 'x-key': 'k' }, body })), undefined, 'k'],
    [() => fetch(new Request(url, { method: 'PUT' }), { method: 'POST', body }), body, undefined],
  ]
  for (const [call, body, key] of calls) {
    const eye = new Eye(t)
    await (await call()).json()
    const { asked } = await eye.one()
    assert.deepEqual([asked.method, asked.url, asked.header('x-key')], ['POST', url, key])
    assert.equal(asked.body instanceof Uint8Array ? Buffer.from(asked.body).toString() : asked.body, body)
    eye.detach()
  }
})

test('a request’s body and an iterator of headers reach the server, because nobody else reads them', async (t) => {
  const eye = new Eye(t)
  let got = ''
  const origin = await serve(t, (request, response) => {
    request.on('data', (chunk: Buffer) => (got += chunk.toString()))
    request.on('end', () => response.end(request.headers['x-key']))
  })
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('streamed'))
      controller.close()
    },
  })
  const headers = new Map([['x-key', 'k']]) as unknown as Headers
  const init = { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit
  assert.equal(await (await fetch(`${origin}/v1/x`, init)).text(), 'k')
  assert.equal(got, 'streamed')
  assert.equal((await eye.one()).asked.header('x-key'), undefined)
})

test('responses without a body are what they were', async (t) => {
  for (const status of [204, 205, 304]) {
    const eye = new Eye(t)
    const origin = await serve(t, (_request, response) => response.writeHead(status, { 'x-a': 'b' }).end())
    const response = await fetch(`${origin}/v1/x`)
    assert.deepEqual([response.status, response.headers.get('x-a'), await response.text()], [status, 'b', ''])
    assert.deepEqual((await eye.one()).endings, ['whole'])
    eye.detach()
  }
  const eye = new Eye(t)
  const origin = await serve(t, (_request, response) => response.writeHead(200, { 'content-length': 5 }).end())
  const response = await fetch(`${origin}/v1/x`, { method: 'HEAD' })
  assert.deepEqual([response.body, response.headers.get('content-length')], [null, '5'])
  assert.deepEqual((await eye.one()).endings, ['whole'])
})

test('each way of reading gives what it gave', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-www-form-urlencoded' })
    for (const piece of ['a=', '1', '&b', '=2']) response.write(piece)
    response.end()
  })
  const ask = () => fetch(`${origin}/v1/x`)
  assert.equal(await (await ask()).text(), 'a=1&b=2')
  assert.equal(Buffer.from(await (await ask()).arrayBuffer()).toString(), 'a=1&b=2')
  const blob = await (await ask()).blob()
  assert.deepEqual([blob.type, await blob.text()], ['application/x-www-form-urlencoded', 'a=1&b=2'])
  assert.equal((await (await ask()).formData()).get('b'), '2')
  await assert.rejects((await ask()).json(), SyntaxError)
  let iterated = ''
  for await (const chunk of (await ask()).body!) iterated += Buffer.from(chunk).toString()
  assert.equal(iterated, 'a=1&b=2')
  const response = await ask()
  await response.text()
  assert.equal(response.bodyUsed, true)
  await assert.rejects(response.text(), TypeError)
  assert.throws(() => response.clone(), TypeError)
  assert.deepEqual([...new Set(eye.all.map((told) => told.text))], ['a=1&b=2'])
  assert.ok(eye.all.every((told) => told.endings.length === 1 && told.endings[0] === 'whole'))
})

test('a reader with its own buffer gets the bytes, and the end', async (t) => {
  const eye = new Eye(t)
  for (const type of ['application/json', 'text/event-stream']) {
    const origin = await serve(t, (_request, response) =>
      response.writeHead(200, { 'content-type': type }).end('hello')
    )
    const reader = (await fetch(`${origin}/v1/x`)).body!.getReader({ mode: 'byob' })
    let text = ''
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(2))
      if (done) break
      text += Buffer.from(value).toString()
    }
    assert.equal(text, 'hello')
  }
  assert.deepEqual(
    eye.all.flatMap((told) => [told.text, ...told.endings]),
    ['hello', 'whole', 'hello', 'whole']
  )
})

test('what is rejected is rejected with the same error, and told', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, (request) => request.destroy())
  await assert.rejects(
    fetch(`${origin}/v1/x`),
    (error: Error) => error instanceof TypeError && error.message === 'fetch failed'
  )
  assert.deepEqual((await eye.one()).endings, ['failed'])
})

test('what fetch refuses, it refuses as before', async (t) => {
  const eye = new Eye(t)
  const refused = fetch as (...args: unknown[]) => Promise<Response>
  await assert.rejects(refused(), TypeError)
  await assert.rejects(refused(null), TypeError)
  await assert.rejects(refused('/v1/relative'), TypeError)
  await assert.rejects(refused({ toString: () => 'http://[/v1/' }), TypeError)
  await assert.rejects(refused('http://127.0.0.1:1/v1/x', { method: 'GET', body: 'x' }), TypeError)
  const method = new Proxy(
    {},
    {
      get: () => {
        throw new RangeError('mine')
      },
    }
  )
  await assert.rejects(refused('http://127.0.0.1:1/v1/x', method), RangeError)
  assert.ok(eye.all.every((told) => told.endings.join() === 'failed'))
})

test('a retried call is two exchanges', async (t) => {
  const eye = new Eye(t)
  let calls = 0
  const origin = await serve(t, (_request, response) => response.writeHead(calls++ === 0 ? 429 : 200).end('{}'))
  const first = await fetch(`${origin}/v1/x`)
  await first.body!.cancel()
  await (await fetch(`${origin}/v1/x`)).json()
  assert.deepEqual(
    eye.all.map((told) => [told.status, ...told.endings]),
    [
      [429, 'left'],
      [200, 'whole'],
    ]
  )
})

test('sixty calls at once over kept connections each have the origin of whoever made them', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, json('{"a":1}'))
  const ask = (at: number) =>
    route.run(`route ${at % 6}`, async () => {
      await new Promise(setImmediate)
      await (await fetch(`${origin}/v1/${at % 6}`)).json()
    })
  await Promise.all(Array.from({ length: 60 }, (_, at) => ask(at)))
  await Promise.all(Array.from({ length: 60 }, (_, at) => ask(at)))
  assert.equal(eye.all.length, 120)
  for (const told of eye.all) assert.equal(told.origin, `route ${told.asked.url.at(-1)}`)
})

test('small JSON is read to its end also when nobody awaits it, and a stream is not', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, json('{"a":1}'))
  await Promise.all(Array.from({ length: 60 }, () => fetch(`${origin}/v1/x`)))
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(
    eye.all.map((told) => told.endings.join()),
    Array.from({ length: 60 }, () => 'whole')
  )
})

test('a call that the body of another makes while it leaves is a call of its own', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, json('{"a":1}'))
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(await (await fetch(`${origin}/v1/inner`)).arrayBuffer())
  }
  const init = { method: 'POST', body: body() as unknown as ReadableStream, duplex: 'half' } as RequestInit
  await (await fetch(`${origin}/v1/outer`, init)).json()
  assert.deepEqual(
    eye.all.map((told) => [told.asked.url, ...told.endings]),
    [
      [`${origin}/v1/outer`, 'whole'],
      [`${origin}/v1/inner`, 'whole'],
    ]
  )
})
