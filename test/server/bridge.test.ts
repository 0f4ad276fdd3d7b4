import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { answer } from '../../src/server/bridge.ts'

test('a long answer arrives whole, in slices, with its length', async () => {
  const body = new Uint8Array(1_000_003).map((_, at) => at % 251)
  const headers = { 'content-length': String(body.length) }
  const api = { word: () => undefined, respond: () => Promise.resolve({ status: 200, headers, body }) }
  const server = createServer((request, response) =>
    answer(api, request, response, (error) => assert.fail(String(error)))
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  assert.equal(response.headers.get('content-length'), '1000003')
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), body)
  server.closeAllConnections()
  server.close()
})

test('where the word of a probe cannot be made, the question is answered as any other', async (t) => {
  const faults: unknown[] = []
  const word = (): never => {
    throw new Error('no word')
  }
  const respond = async () => ({ status: 503, headers: { 'x-from': 'respond' }, body: null })
  const server = createServer((request, response) =>
    answer({ word, respond }, request, response, (error) => faults.push(error))
  )
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/health`)
  assert.deepEqual([response.status, response.headers.get('x-from'), faults.length], [503, 'respond', 1])
  server.closeAllConnections()
})
