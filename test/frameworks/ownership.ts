import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { describe, test } from 'node:test'
import type { TestApp } from '../apps/app.ts'
import { get, listen, raw, Recorder, shut, start } from './world.ts'

/** Whose requests are whose, and which are ours. */
export function ownership(app: TestApp): void {
  describe('ownership', () => {
    test('our own routes are answered by us and not counted', async (t) => {
      const { port, recorder } = await start(t, app)
      for (const path of ['/metrics', '/metrics/query?metric=x', '/health']) {
        assert.match(await raw(port, get(path)), /^HTTP\/1.1 200 OK[^]*ours/)
      }
      assert.match(await raw(port, get('/metrics', 'HEAD')), /^HTTP\/1.1 200 OK/)
      assert.deepEqual(await recorder.requests(), {})
      assert.doesNotMatch(await raw(port, get('/metricsfoo')), /ours/)
    })

    test('a body sent to one of our routes does not stop the connection', async (t) => {
      const { port } = await start(t, app)
      const text = 'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n'
      const got = await raw(port, `${text}${'x'.repeat(70_000)}${get('/users/1')}`)
      assert.equal(got.match(/HTTP\/1.1 200/g)?.length, 2)
    })

    if (app.routes) {
      test('a route of the app at /metrics stays, and one line says what to do', async (t) => {
        const { port, recorder } = await start(t, app, { features: { metrics: true } })
        for (let n = 0; n < 3; n++) assert.match(await raw(port, get('/metrics')), /mine/)
        assert.match(await raw(port, get('/metrics/query')), /ours/)
        assert.match(await raw(port, get('/health')), /ours/)
        assert.deepEqual(await recorder.requests(), { 'GET /metrics 200': 3 })
        assert.ok(recorder.lines.length > 0 && recorder.lines.every((line) => line.includes('`path`')))
      })
    }

    test('without our routes everything is the app’s', async (t) => {
      const { port, recorder } = await start(t, app, { watched: { api: undefined } })
      assert.match(await raw(port, get('/metrics')), / 404 /)
      assert.deepEqual(await recorder.requests(), { 'GET unmatched 404': 1 })
    })

    test('an instance made after the app listens counts and answers', async (t) => {
      const { port, recorder } = await start(t, app, { late: true })
      await raw(port, get('/users/1'))
      assert.match(await raw(port, get('/metrics')), /ours/)
      assert.deepEqual(await recorder.requests(), { 'GET /users/:id 200': 1 })
    })

    test('two apps in one process count their own', async (t) => {
      const one = await start(t, app)
      const two = await start(t, app)
      await raw(one.port, get('/users/1'))
      await raw(two.port, get('/teapot'))
      await raw(two.port, get('/nowhere'))
      assert.deepEqual(await one.recorder.requests(), { 'GET /users/:id 200': 1 })
      assert.deepEqual(await two.recorder.requests(), { 'GET /teapot 418': 1, 'GET unmatched 404': 1 })
    })

    test('another server in the process is nobody’s, or the one’s that was given no app', async (t) => {
      const { port, recorder } = await start(t, app)
      await raw(port, get('/'))
      const admin = createServer((_request, response) => response.end('admin'))
      const elsewhere = await listen(admin)
      t.after(() => shut(admin))
      assert.match(await raw(elsewhere, get('/metrics')), /admin/)
      const everywhere = new Recorder(undefined)
      t.after(() => everywhere.detach())
      await raw(elsewhere, get('/tools/12345'))
      await raw(port, get('/users/1'))
      assert.deepEqual(await everywhere.requests(), { 'GET /tools/:id 200': 1 })
      assert.deepEqual(await recorder.requests(), { 'GET / 200': 1, 'GET /users/:id 200': 1 })
    })

    test('a newer instance for the same app takes over, as often as one likes', async (t) => {
      const warnings: Error[] = []
      const warned = (warning: Error): number => warnings.push(warning)
      process.on('warning', warned)
      t.after(() => process.off('warning', warned))
      const world = await start(t, app)
      const older = [world.recorder]
      for (let n = 0; n < 20; n++) older.push(new Recorder(world.app))
      const newest = older.pop()!
      t.after(() => newest.detach())
      await raw(world.port, get('/users/1'))
      assert.deepEqual(await newest.requests(), { 'GET /users/:id 200': 1 })
      for (const old of older) assert.deepEqual(await old.requests(), {})
      assert.deepEqual(warnings, [])
    })

    test('after close() nothing is counted and the app goes on', async (t) => {
      const { port, recorder } = await start(t, app)
      recorder.detach()
      recorder.detach()
      assert.match(await raw(port, get('/users/1')), /"id":"1"/)
      assert.match(await raw(port, get('/metrics')), / 404 /)
      assert.deepEqual(await recorder.requests(), {})
    })
  })
}
