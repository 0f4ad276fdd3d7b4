import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Probed } from '../../src/api/probe.ts'
import { apiWith, asking, fromAfar, jsonOf, textOf } from './asked.ts'

const failing: Probed = {
  word: 'fail',
  report: () => ({ status: 'fail', checks: [{ name: 'database', code: 'ECONNREFUSED' }] }),
  draft: () => ({ status: 'fail', checks: { 'database:responseTime': [] } }),
}
const key = { authorization: 'Bearer secret-key-of-mine' }
const { api } = apiWith({ health: () => failing, access: { production: true, keys: 'secret-key-of-mine' } })

test('the public is told one word and when to come again, whatever fails', async () => {
  for (const url of ['/health', '/health/ready/', '//health//ready', '/health/ready?verbose']) {
    const response = await api.respond(fromAfar(url))
    assert.equal(response.status, 503, url)
    assert.deepEqual(await jsonOf(response), { status: 'fail' }, url)
    assert.match(response.headers['cache-control']!, /no-store/)
    assert.equal(response.headers['retry-after'], '5')
    assert.equal(response.headers['etag'], undefined, 'a probe is never 304')
  }
})

test('a key shows the checks, whichever way it is sent; a wrong one shows the word', async () => {
  assert.deepEqual(await jsonOf(await api.respond(fromAfar('/health', key))), failing.report!())
  const basic = `Basic ${Buffer.from('any:secret-key-of-mine').toString('base64')}`
  for (const headers of [{ 'x-api-key': 'secret-key-of-mine' }, { authorization: basic }]) {
    assert.deepEqual(await jsonOf(await api.respond(fromAfar('/health', headers))), failing.report!())
  }
  const wrong = await api.respond(fromAfar('/health', { authorization: 'Bearer wrong' }))
  assert.deepEqual([wrong.status, await jsonOf(wrong)], [503, { status: 'fail' }])
})

test('wrong keys are counted here as everywhere: health is no way to try them', async () => {
  const { api } = apiWith({ health: () => failing, access: { production: true, keys: 'short' } })
  for (let round = 0; round < 25; round++) await api.respond(fromAfar('/health', { authorization: `Bearer ${round}` }))
  assert.deepEqual(await jsonOf(await api.respond(fromAfar('/health', { authorization: 'Bearer short' }))), {
    status: 'fail',
  })
})

test('a key for ingest alone, and a token that no key allows, show the word', async () => {
  const keys = [
    { name: 'in', key: 'the-key-for-ingest', scope: 'ingest' },
    { name: 'sheet', key: 'the-key-of-a-sheet', query: true },
  ] as const
  const { api } = apiWith({ health: () => failing, access: { production: true, keys } })
  const seen = async (url: string, headers = {}): Promise<unknown> => jsonOf(await api.respond(fromAfar(url, headers)))
  assert.deepEqual(await seen('/health', { 'x-api-key': 'the-key-for-ingest' }), { status: 'fail' })
  assert.deepEqual(await seen('/health?token=the-key-for-ingest'), { status: 'fail' })
  assert.deepEqual(await seen('/health?token=the-key-of-a-sheet&token=x'), { status: 'fail' })
  assert.deepEqual(await seen('/health?token=the-key-of-a-sheet'), failing.report!())
})

test('on a developer’s machine probes see what they see in production, and ?verbose shows the rest', async () => {
  const { api } = apiWith({ health: () => failing })
  assert.deepEqual(await jsonOf(await api.respond(asking('/health'))), { status: 'fail' })
  assert.deepEqual(await jsonOf(await api.respond(asking('/health?verbose'))), failing.report!())
})

test('sessions that do not answer delay no probe', async () => {
  const { api } = apiWith({
    health: () => failing,
    access: { production: true, authorize: () => new Promise<boolean>(() => undefined) },
  })
  const asked: ReturnType<typeof api.respond>[] = [api.respond(fromAfar('/health'))]
  asked.push(api.respond(fromAfar('/health?verbose')))
  for (const response of await Promise.all(asked)) assert.deepEqual(await jsonOf(response), { status: 'fail' })
})

test('who wants the draft gets its type and its shape, who wants text gets the word', async () => {
  const draft = { accept: 'application/health+json' }
  const open = await api.respond(fromAfar('/health', draft))
  assert.deepEqual([open.headers['content-type'], await jsonOf(open)], ['application/health+json', { status: 'fail' }])
  assert.deepEqual(await jsonOf(await api.respond(fromAfar('/health', { ...draft, ...key }))), failing.draft!())
  const plain = await api.respond(fromAfar('/health', { accept: 'text/plain' }))
  assert.deepEqual([plain.headers['content-type'], await textOf(plain)], ['text/plain; charset=utf-8', 'fail\n'])
  const both = await api.respond(fromAfar('/health', { accept: 'text/plain, application/json' }))
  assert.deepEqual(await jsonOf(both), { status: 'fail' })
})

test('HEAD is answered like GET, without the body', async () => {
  const [get, head] = await Promise.all(
    ['GET', 'HEAD'].map((method) => api.respond({ ...fromAfar('/health/ready/', key), method }))
  )
  assert.deepEqual([head!.status, head!.headers, head!.body], [get!.status, get!.headers, null])
})
