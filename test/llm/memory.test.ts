import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { told } from './child.ts'
import { Provider } from './provider.ts'
import { world } from './world.ts'

const provider = new Provider()
before(() => provider.start())
after(() => provider.stop())

for (const stream of [false, true])
  test(`a body of 35 MB${stream ? ', streamed,' : ''} takes less than 20 MB more with us than without`, async () => {
    const taken = async (ours: boolean): Promise<{ bytes: number; taken: number }> =>
      told('large', { ours, stream, url: `${provider.url({ id: 'large' })}/v1/chat/completions` }, ['--expose-gc'])
    const [bare, with_] = [await taken(false), await taken(true)]
    assert.ok(with_.bytes > 35_000_000 && with_.bytes === bare.bytes)
    assert.ok(with_.taken - bare.taken < 20e6, `${with_.taken} against ${bare.taken}`)
  })

test('what nobody reads is not pulled: the provider is held back as it is without us', async (t) => {
  const of = await world(t)
  const url = `${of.provider.url({ id: 'held', size: 60_000_000 })}/v1/chat/completions`
  const body = JSON.stringify({ model: 'gpt-4o', stream: true })
  const leaving = new AbortController()
  const response = await fetch(url, { method: 'POST', body, signal: leaving.signal })
  const reader = response.body!.getReader()
  await reader.read()
  const sent = (): number => of.provider.exchanges[0]?.sent ?? 0
  // Until the provider has sent what all buffers between us take, and then stands still.
  for (let last = -1; last !== sent(); await pause(200)) last = sent()
  assert.ok(sent() < 20_000_000, `${sent()} bytes were sent for one piece that was read`)
  leaving.abort()
  await assert.rejects(reader.read())
  assert.deepEqual(await of.calls(1, 'status'), { aborted: 1 })
})
