import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Access } from '../../src/api/access.ts'
import { Api, type Load } from '../../src/api/api.ts'
import { fakeClock } from '../../src/testing.ts'
import { asking } from './asked.ts'

/** An API of which the part that answers is loaded by `load`, and what went wrong in it. */
function apiBy(load: Load): { api: Api; faults: unknown[] } {
  const clock = fakeClock()
  const faults: unknown[] = []
  const answer = { status: 200, headers: {}, body: new TextEncoder().encode('{}') }
  const parts = {
    path: '/metrics',
    healthPath: '/health',
    cors: undefined,
    access: new Access({ production: false }, clock),
    clock,
    flush: () => Promise.resolve(true),
    answer: () => Promise.resolve(answer),
    facts: () => ({}),
    health: () => ({ word: 'pass' }) as const,
    failed: (error: unknown) => faults.push(error),
  }
  return { api: new Api(parts, load), faults }
}

test('what answers is loaded with the first question, and once, however many come at once', async () => {
  let loads = 0
  const { api } = apiBy(() => (loads++, import('../../src/api/desk.ts')))
  assert.ok(api.handles('/metrics'))
  assert.equal(loads, 0)
  const answers = await Promise.all(
    ['/metrics', '/metrics/query', '/metrics/docs'].map((url) => api.respond(asking(url)))
  )
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200]
  )
  assert.equal(loads, 1)
})

test('a probe needs none of it', () => {
  const { api } = apiBy(() => Promise.reject(new Error('no such file')))
  const word = api.word({ method: 'GET', url: '/health/live', headers: {} })
  assert.ok(word !== undefined && !(word instanceof Promise))
  assert.equal(word.status, 200)
})

test('where it cannot be loaded the answer says so, and the next question tries again', async () => {
  let loads = 0
  const missing = new Error('no such file: /app/node_modules/pocketmetrics/dist/desk.js')
  const { api, faults } = apiBy(() => (loads++ < 2 ? Promise.reject(missing) : import('../../src/api/desk.ts')))
  const { status, headers, body } = await api.respond(asking('/metrics'))
  assert.equal(status, 503)
  assert.equal(headers['retry-after'], '1')
  assert.equal(headers['cache-control'], 'private, no-store')
  const text = new TextDecoder().decode(body as Uint8Array)
  assert.equal((JSON.parse(text) as { error: string }).error, 'unavailable')
  assert.ok(!text.includes('node_modules'))
  assert.equal((await api.respond(asking('/metrics', { method: 'HEAD' }))).body, null)
  assert.deepEqual(faults, [missing, missing])
  assert.equal((await api.respond(asking('/metrics'))).status, 200)
})
