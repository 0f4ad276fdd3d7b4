import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { Metrics } from '../../src/metrics.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import type { TestApp } from '../apps/app.ts'
import { get, listen, raw, shut, start } from './world.ts'

const REQUESTS: readonly string[] = [
  get('/'),
  get('/users/42'),
  get('/users/42', 'HEAD'),
  get('/users/42', 'OPTIONS'),
  get('/nowhere'),
  get('/throw'),
  get('/late'),
  get('/private'),
  get('/stream'),
  get('/teapot'),
  get('/orders', 'POST', 'Content-Type: text/plain\r\nContent-Length: 2\r\n').concat('ab'),
  get('/orders', 'DELETE'),
  get('//'),
  get('/%E0%A4%A'),
  get('http://app.test/users/42'),
  'GET /users/42 HTTP/1.0\r\n\r\n',
  'nonsense\r\n\r\n',
]

/** The app's answers, byte by byte, with us and without. */
export function untouched(app: TestApp): void {
  describe('answers stay as they were', () => {
    const bare = new Map<string, string>()

    before(async () => {
      const made = await app.make()
      const server = await made.serve()
      const port = await listen(server)
      for (const request of REQUESTS) bare.set(request, stable(await raw(port, request)))
      await shut(server)
      await made.stop?.()
    })

    test('status, headers and body are the same with the library', async (t) => {
      const { port } = await start(t, app)
      for (const request of REQUESTS) assert.equal(stable(await raw(port, request)), bare.get(request), request)
    })

    for (const [name, behave] of Object.entries(STORES)) {
      test(`a store that ${name} changes nothing`, async (t) => {
        const made = await app.make()
        const metrics = new Metrics(made.app, {
          storage: store(name, behave),
          flushEvery: '20ms',
          log: () => undefined,
        })
        const server = await made.serve()
        const port = await listen(server)
        t.after(async () => {
          await shut(server)
          await made.stop?.()
        })
        for (const request of REQUESTS) assert.equal(stable(await raw(port, request)), bare.get(request), request)
        assert.equal(await metrics.ready.then(() => true), true)
        void metrics.close()
      })
    }

    test('a collector that throws at everything changes nothing', async (t) => {
      const { port, recorder } = await start(t, app)
      const broken = (): never => {
        throw new Error('broken')
      }
      Object.assign(recorder.http, { began: broken, endpoint: broken, ended: broken, ignores: broken })
      for (const request of REQUESTS) assert.equal(stable(await raw(port, request)), bare.get(request), request)
      assert.ok(recorder.faults.length > 0)
    })
  })
}

/** Stores at their worst. */
const STORES: Readonly<Record<string, (...given: unknown[]) => unknown>> = {
  fails: () => Promise.reject(new Error('failed')),
  throws: () => {
    throw new Error('thrown')
  },
  hangs: () => new Promise(() => undefined),
  lies: () => ({ size: 'NaN', [Symbol.asyncIterator]: () => ({ next: () => ({ done: false, value: null }) }) }),
}

function store(name: string, behave: (...given: unknown[]) => unknown): StorageDriver {
  const methods = ['put', 'boxes', 'seal', 'names', 'events', 'prune', 'trim', 'get', 'swap', 'size', 'close']
  const open = name === 'fails' || name === 'throws' ? behave : () => undefined
  return { name, open, ...Object.fromEntries(methods.map((method) => [method, behave])) } as never
}

function stable(answer: string): string {
  return answer.replace(/^date: .*$/im, 'Date: …').replace(/\(?file:.*?:\d+:\d+\)?|\(?\/[^ ]*:\d+:\d+\)?/g, '…')
}
