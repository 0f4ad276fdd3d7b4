import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import * as hubs from '../../../src/llm/hub.ts'
import type { Watched, Watcher } from '../../../src/llm/seen.ts'
import { captured, Eye, json, serve, ticking, until } from './world.ts'

const { llmHub } = hubs

test('fetch keeps its name, its text and what others put on it, and is put in place once', () => {
  assert.notEqual(fetch, captured)
  assert.equal(fetch.name, 'fetch')
  assert.equal(fetch.length, captured.length)
  assert.match(String(fetch), /^function .*native code/s)
  const patched = fetch as unknown as { __nextPatched?: boolean }
  patched.__nextPatched = true
  assert.equal((captured as unknown as { __nextPatched?: boolean }).__nextPatched, true)
  delete patched.__nextPatched
  const before = fetch
  llmHub().install()
  assert.equal(fetch, before)
  const { writable, configurable, enumerable } = Object.getOwnPropertyDescriptor(globalThis, 'fetch')!
  assert.deepEqual([writable, configurable, enumerable], [true, true, true])
})

test('a second copy of the package shares the hub', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(join(import.meta.dirname, '../../../src'), join(folder, 'src'), { recursive: true })
  const before = fetch
  const url = pathToFileURL(join(folder, `src/llm/hub${extname(import.meta.url)}`)).href
  const copy = (await import(url)) as typeof hubs
  assert.notEqual(copy.LlmHub, hubs.LlmHub)
  assert.equal(copy.llmHub(), llmHub())
  assert.equal(fetch, before)
})

test('two watchers both see a call, each once', async (t) => {
  const eyes = [new Eye(t), new Eye(t)]
  const origin = await serve(t, json('{"a":1}'))
  await (await fetch(`${origin}/v1/x`)).json()
  for (const eye of eyes) assert.equal((await eye.one()).text, '{"a":1}')
})

test('other URLs and other times are nobody’s business', async (t) => {
  const origin = await serve(t, json('{}'))
  const eye = new Eye(t)
  await (await fetch(`${origin}/v2/x`)).json()
  eye.detach()
  eye.detach()
  const response = await fetch(`${origin}/v1/x`)
  assert.deepEqual(Object.getOwnPropertyNames(response), [])
  await response.json()
  assert.equal(eye.all.length, 0)
})

test('a watcher that throws hears no more, and the app and the other watchers all the same', async (t) => {
  const broken = (at: keyof Watcher | keyof Watched): Watcher => {
    const fail = (name: string) => () => {
      if (name === at) throw new Error(name)
      return undefined
    }
    const watched = { head: fail('head'), bytes: fail('bytes'), end: fail('end') }
    return {
      wants: () => (fail('wants')(), true),
      watch: () => (fail('watch')(), watched),
      origin: fail('origin'),
      missed: fail('missed'),
    }
  }
  for (const at of ['wants', 'watch', 'origin', 'head', 'bytes', 'end', 'missed'] as const) {
    t.after(llmHub().attach(broken(at)))
  }
  const eye = new Eye(t)
  const origin = await serve(t, json('{"a":1}'))
  for (const call of [fetch, captured]) {
    eye.all.length = 0
    assert.deepEqual(await (await call(`${origin}/v1/x`, { method: 'POST', body: '{}' })).json(), { a: 1 })
    assert.deepEqual((await eye.one()).endings, ['whole'])
  }
})

test('detaching in mid-stream stops the telling, not the stream', async (t) => {
  const eye = new Eye(t)
  let closed = false
  const origin = await serve(
    t,
    ticking(() => (closed = true))
  )
  for (const call of [fetch, captured]) {
    const reader = (await call(`${origin}/v1/x`)).body!.getReader()
    await reader.read()
    if (call === captured) eye.detach()
    await reader.read()
    await reader.read()
    await reader.cancel()
    await until(() => closed)
    closed = false
  }
  const [first, second] = eye.all
  assert.deepEqual(first!.endings, ['left'])
  assert.deepEqual(second!.endings, [])
  assert.ok(second!.chunks <= 1)
})

test('after somebody else put the global back, calls pass by and are seen below', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, json('{"a":1}'))
  const ours = fetch
  t.after(() => (globalThis.fetch = ours))
  globalThis.fetch = captured
  await (await fetch(`${origin}/v1/x`)).json()
  assert.equal((await eye.one()).text, '{"a":1}')
})

test('a fetch that somebody puts around ours is told once', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, json('{"a":1}'))
  const ours = fetch
  t.after(() => (globalThis.fetch = ours))
  globalThis.fetch = async (...args) => ours(...args)
  await (await fetch(`${origin}/v1/x`)).json()
  await eye.one()
})

test('what the library itself asks is not shown, and what the app asks meanwhile is', async (t) => {
  const eye = new Eye(t)
  const origin = await serve(t, json('{"a":1}'))
  const [, response] = await Promise.all([
    llmHub().unseen(async () => {
      await (await fetch(`${origin}/v1/ours`)).json()
      await (await captured(`${origin}/v1/ours`)).json()
    }),
    fetch(`${origin}/v1/theirs`),
  ])
  await response.json()
  assert.equal((await eye.one()).asked.url, `${origin}/v1/theirs`)
})

const index = pathToFileURL(join(import.meta.dirname, `../../../src/index${extname(import.meta.url)}`)).href

function said(env: Readonly<Record<string, string>>, code: string): string {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code]
  return execFileSync(process.execPath, args, { env: { ...process.env, ...env }, encoding: 'utf8' }).trim()
}

test('importing the package puts the watched fetch in place', () => {
  const code = `const before = fetch; await import(${JSON.stringify(index)}); console.log(before === fetch)`
  assert.equal(said({}, code), 'false')
  assert.equal(said({ METRICS_LLM: 'on' }, code), 'false')
})

for (const word of ['off', 'false', '0', 'no', ' OFF '])
  test(`with METRICS_LLM='${word}' fetch is left as it is, also by an instance and by register`, () => {
    const code = `const before = fetch
      const { Metrics } = await import(${JSON.stringify(index)})
      await new Metrics({ storage: 'memory://' }).close()
      await import(${JSON.stringify(index.replace('index', 'register'))})
      console.log(before === fetch)`
    assert.equal(said({ METRICS_LLM: word, METRICS_STORAGE: 'memory://' }, code), 'true')
  })

test('importing the package loads neither HTTP/2 nor fetch', () => {
  const code = `await import(${JSON.stringify(index)})
    console.log(process.moduleLoadList.filter((name) => /http2|deps\\/undici/.test(name)).length)`
  assert.equal(said({}, code), '0')
})
