import { request as ask } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

/** What the reader is told, as JSON in its first argument. */
export interface Reading {
  /** Whether our package is loaded and counts. */
  readonly ours: boolean
  /** Where to ask, and with what body. */
  readonly places: readonly { readonly name: string; readonly url: string; readonly body: object }[]
  /** A port on which nobody listens. */
  readonly nobody: string
}

// Reads each answer in every way that an app may, and says what it saw: with us and without us it must be the same.
const { ours, places, nobody } = JSON.parse(process.argv[2] ?? '{}') as Reading
if (ours) {
  const { Metrics } = await import('../../src/index.ts')
  void new Metrics({ storage: 'memory://', log: () => undefined })
}

const seen: Record<string, unknown> = {}
const latin = (bytes: Uint8Array | ArrayBuffer): string => Buffer.from(bytes as Uint8Array).toString('latin1')

/** What is seen, or how it failed, to the depth of a cause. */
async function attempt(look: () => unknown): Promise<unknown> {
  try {
    return await look()
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: String(error) }
  const { name, message, cause } = error
  const { code } = error as { code?: unknown }
  return { type: error.constructor.name, name, message, code, ...(cause !== undefined && { cause: failure(cause) }) }
}

function post(url: string, body: object, more: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-test' },
    body: JSON.stringify(body),
    ...more,
  })
}

async function drained(reader: {
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
}): Promise<string> {
  let all = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (value !== undefined) all += latin(value)
    if (done) return all
  }
}

/** Every way of reading a body. */
const WAYS: Readonly<Record<string, (response: Response) => unknown>> = {
  text: (response) => response.text(),
  json: (response) => response.json(),
  arrayBuffer: async (response) => latin(await response.arrayBuffer()),
  blob: async (response) => {
    const blob = await response.blob()
    return [blob.type, blob.size, latin(await blob.arrayBuffer())]
  },
  formData: async (response) => [...(await response.formData()).keys()],
  reader: (response) => drained(response.body!.getReader()),
  byob: (response) => {
    const reader = response.body!.getReader({ mode: 'byob' })
    return drained({ read: () => reader.read(new Uint8Array(512)) as Promise<{ done: boolean; value: Uint8Array }> })
  },
  iterate: async (response) => {
    let all = ''
    for await (const piece of response.body as AsyncIterable<Uint8Array>) all += latin(piece)
    return all
  },
  tee: async (response) => Promise.all(response.body!.tee().map((branch) => drained(branch.getReader()))),
  clone: async (response) => [await response.clone().text(), await response.text(), response.bodyUsed],
  pipe: async (response) => {
    let all = ''
    const decoded = response.body!.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>
    for await (const piece of decoded) all += piece
    return all
  },
  twice: async (response) => [await response.text(), await attempt(() => response.text()), response.bodyUsed],
  locked: async (response) => {
    const reader = response.body!.getReader()
    const states = [response.body!.locked, response.bodyUsed, await attempt(() => response.text())]
    return [...states, await drained(reader), await attempt(() => reader.closed.then(() => 'closed'))]
  },
  cancel: async (response) => [
    await response.body!.cancel('enough'),
    response.bodyUsed,
    await attempt(() => response.text()),
  ],
  // The first piece may be of any length; what was cancelled is over for good.
  cancelLater: async (response) => {
    const reader = response.body!.getReader()
    await reader.read()
    return [await reader.cancel('enough'), (await reader.read()).done, await reader.closed]
  },
  released: async (response) => {
    const reader = response.body!.getReader()
    const { value } = await reader.read()
    reader.releaseLock()
    return latin(value) + (await drained(response.body!.getReader()))
  },
  rewrapped: async (response) => [await new Response(response.body, { headers: response.headers }).text()],
}

function outside(response: Response): unknown {
  const headers = [...response.headers].filter(([name]) => !['date', 'keep-alive', 'connection'].includes(name))
  const { status, statusText, ok, type, redirected, bodyUsed } = response
  const url = new URL(response.url).pathname
  const kinds = [
    response instanceof Response,
    Object.prototype.toString.call(response),
    response.constructor === Response,
  ]
  const body = [response.body === null, response.body instanceof ReadableStream, Object.keys(response)]
  return { headers, status, statusText, ok, type, redirected, bodyUsed, url, kinds, body }
}

/** What node:http gives, which is what old SDKs read. */
function plain(url: string, body: object, encoding = ''): Promise<unknown> {
  return new Promise((resolve) => {
    const events: string[] = []
    const request = ask(url, { method: 'POST', headers: { 'accept-encoding': encoding } }, (response) => {
      for (const event of ['end', 'close', 'aborted', 'error']) response.on(event, () => events.push(event))
      buffer(response).then(
        (bytes) => resolve([response.statusCode, latin(bytes), response.complete, events]),
        (error: unknown) => resolve([response.statusCode, failure(error), response.complete])
      )
    })
    request.on('error', (error) => resolve(failure(error))).end(JSON.stringify(body))
  })
}

for (const { name, url, body } of places) {
  for (const [way, read] of Object.entries(WAYS))
    seen[`${name}: ${way}`] = await attempt(async () => read(await post(url, body)))
  seen[`${name}: outside`] = await attempt(async () => outside(await post(url, body)))
  seen[`${name}: a Request`] = await attempt(async () => {
    const request = new Request(url, { method: 'POST', body: JSON.stringify(body) })
    return [await (await fetch(request)).text(), request.bodyUsed, await attempt(() => fetch(request))]
  })
  seen[`${name}: a URL and a stream to send`] = await attempt(async () => {
    const sent = new Blob([JSON.stringify(body)]).stream()
    return (await post(url, body, { body: sent, duplex: 'half' })).text()
  })
  seen[`${name}: headers that cannot be set`] = await attempt(async () => {
    const response = await post(url, body)
    const tried = await attempt(() => response.headers.set('x-own', 'yes'))
    await response.text()
    return tried
  })
  seen[`${name}: node:http`] = await plain(url, body)
}

const [first] = places
if (first !== undefined) {
  const aborted = (reason?: unknown): Promise<unknown> =>
    attempt(async () => {
      const leaving = new AbortController()
      const answer = post(first.url.replace('/~', '/~wait=200,'), first.body, {
        signal: leaving.signal,
      })
      setTimeout(() => leaving.abort(reason), 20)
      await answer
    })
  seen['aborted before the answer'] = await aborted()
  seen['aborted with a reason'] = await aborted(new RangeError('no more'))
  seen['aborted with a text'] = await aborted('no more')
  seen['aborted from the start'] = await attempt(() => post(first.url, first.body, { signal: AbortSignal.abort() }))
  seen['aborted in the body'] = await attempt(async () => {
    const leaving = new AbortController()
    const response = await post(
      first.url.replace('/~', '/~hang=2,'),
      { ...first.body, stream: true },
      { signal: leaving.signal }
    )
    const reader = response.body!.getReader()
    await reader.read()
    leaving.abort()
    return drained(reader)
  })
  seen['too slow'] = await attempt(() =>
    post(first.url.replace('/~', '/~wait=500,'), first.body, { signal: AbortSignal.timeout(20) })
  )
  seen['dies in the body'] = await attempt(async () =>
    (await post(first.url.replace('/~', '/~die=3,'), { ...first.body, stream: true })).text()
  )
  seen['dies over node:http'] = await plain(first.url.replace('/~', '/~die=3,'), { ...first.body, stream: true })
  seen['gzip over node:http'] = await attempt(async () => {
    const answer = (await plain(first.url.replace('/~', '/~encoding=gzip,'), first.body, 'gzip')) as [number, string]
    return gunzipSync(Buffer.from(answer[1], 'latin1')).toString()
  })
}
seen['nobody'] = await attempt(() => post(`${nobody}/v1/chat/completions`, {}))
seen['nobody over node:http'] = await plain(`${nobody}/v1/chat/completions`, {})
seen['no URL'] = await attempt(() => fetch('/v1/chat/completions', { method: 'POST' }))
seen['no argument'] = await attempt(() => (fetch as unknown as () => Promise<Response>)())
const absurd: RequestInit = { method: 'GET' }
seen['a GET with a body'] = await attempt(() => fetch(nobody, { ...absurd, body: '{}' }))
// Its source text is not among these: a Proxy over a native function has one of its own.
seen['fetch itself'] = [fetch.name, fetch.length, typeof fetch, Object.getOwnPropertyDescriptor(globalThis, 'fetch')]
process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit())
