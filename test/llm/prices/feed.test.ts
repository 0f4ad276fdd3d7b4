import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { waitForUpdate } from '@pydantic/genai-prices'
import { Prices } from '../../../src/llm/prices/prices.ts'
import { called, NOW } from './called.ts'

const DAY = 86_400_000
const FILE = 'pocketmetrics-prices.json'
const some = { input: 1_000_000 }

/** The catalogue with a newer model of OpenAI in it. */
async function feed(change: (text: string) => string = (text) => text): Promise<string> {
  const providers = structuredClone(await waitForUpdate()) ?? []
  const openai = providers.find(({ id }) => id === 'openai')
  openai?.models.push({ id: 'gpt-7', match: { equals: 'gpt-7' }, prices: { input_mtok: 7, output_mtok: 70 } })
  return change(JSON.stringify(providers))
}

interface World {
  readonly folder: string
  readonly prices: (folder?: string, url?: string) => Prices
  readonly failures: string[]
  now: number
  asked: number
  /** Resolves with the next answer that the server has given and the prices have looked at. */
  readonly looked: (prices: Prices) => Promise<void>
}

async function world(t: TestContext, answer: (response: ServerResponse) => void): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
  const server = createServer((_, response) => {
    here.asked++
    answer(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const failures: string[] = []
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data.json`
  const clock = { now: () => here.now, monotonic: () => 0 }
  const here: World = {
    folder,
    failures,
    now: NOW,
    asked: 0,
    prices: (place = folder, address = url) =>
      new Prices({
        overrides: { refresh: true },
        failed: (error) => void failures.push(error instanceof Error ? error.message : String(error)),
        feed: { url: address, folder: place, clock },
      }),
    looked: async (prices) => {
      const before = [here.asked, failures.length]
      prices.price(called('openai', 'gpt-7', some))
      for (let turn = 0; turn < 200; turn++) {
        const known = prices.price(called('openai', 'gpt-7', some)).nano !== null
        if (known || failures.length > (before[1] ?? 0)) return
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
  }
  return here
}

test('prices are refreshed once a day, behind the calls, and kept for the next start', async (t) => {
  const body = await feed()
  const here = await world(t, (response) => response.end(body))
  const prices = here.prices()
  await prices.load()
  assert.equal(prices.price(called('openai', 'gpt-7', some)).nano, null)
  await here.looked(prices)
  assert.equal(prices.price(called('openai', 'gpt-7', some)).nano, 7e9)
  assert.deepEqual([prices.age(NOW).as_of, prices.age(NOW).stale], ['2026-11-20', false])
  assert.match(prices.age(NOW).source, /refreshed/)
  // Our own rows still stand above it.
  assert.equal(prices.price(called('openai', 'gpt-6.1-sol', { input: 1_000_000, cached: 1_000_000 })).nano, 0.2e9)
  here.now += DAY - 1
  prices.price(called('openai', 'gpt-7', some))
  const next = here.prices()
  await next.load()
  assert.equal(next.price(called('openai', 'gpt-7', some)).nano, 7e9)
  assert.equal(here.asked, 1)
})

const broken: readonly (readonly [string, (response: ServerResponse) => unknown, RegExp])[] = [
  ['an error', (response) => response.writeHead(503).end('{}'), /answered 503/],
  ['no JSON', (response) => response.end('<html>'), /JSON|token/],
  ['another shape', (response) => response.end('{"openai":{}}'), /no list/],
  ['hardly any models', (response) => response.end('[{"id":"openai","models":[]}]'), /0 models/],
  ['too much', (response) => response.end(' '.repeat(5_100_000)), /larger than 5 MB/],
  [
    'a part of it',
    (response) => response.writeHead(200, { 'content-length': 9 }).write('[') && response.destroy(),
    /aborted|early|hang up/,
  ],
  ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1/' }).end(), /answered 302/],
]

for (const [name, answer, reason] of broken) {
  test(`${name} instead of prices changes nothing, and is told`, async (t) => {
    const here = await world(t, (response) => void answer(response))
    const prices = here.prices()
    await prices.load()
    await here.looked(prices)
    assert.match(here.failures.join(), reason)
    assert.equal(prices.price(called('openai', 'gpt-4o', some)).nano, 2.5e9)
    assert.doesNotMatch(prices.age(NOW).source, /refreshed/)
    assert.equal(existsSync(join(here.folder, FILE)), false)
    // It is asked again after an hour, not with the next call.
    const { asked } = here
    prices.price(called('openai', 'gpt-4o', some))
    assert.equal(here.asked, asked)
  })
}

test('prices that make no sense change nothing', async (t) => {
  const body = await feed((text) => text.replace('"input_mtok":7', '"input_mtok":-7'))
  const here = await world(t, (response) => response.end(body))
  const prices = here.prices()
  await prices.load()
  await here.looked(prices)
  assert.match(here.failures.join(), /a price is missing/)
})

test('a file that was spoilt on disk is as good as none', async (t) => {
  const body = await feed()
  const here = await world(t, (response) => response.end(body))
  writeFileSync(join(here.folder, FILE), body.slice(0, 10_000))
  utimesSync(join(here.folder, FILE), NOW / 1000, NOW / 1000)
  const prices = here.prices()
  await prices.load()
  assert.equal(prices.price(called('openai', 'gpt-7', some)).nano, null)
  await here.looked(prices)
  assert.equal(prices.price(called('openai', 'gpt-7', some)).nano, 7e9)
  assert.equal(readFileSync(join(here.folder, FILE), 'utf8'), body)
})

test('a folder that cannot be written keeps nothing, and the prices are new all the same', async (t) => {
  const body = await feed()
  const here = await world(t, (response) => response.end(body))
  writeFileSync(join(here.folder, 'file'), '')
  const prices = here.prices(join(here.folder, 'file'))
  await prices.load()
  await here.looked(prices)
  await here.looked(prices)
  assert.equal(prices.price(called('openai', 'gpt-7', some)).nano, 7e9)
  assert.match(here.failures.join(), /ENOTDIR|EEXIST/)
})

test('an address that is none changes nothing', async (t) => {
  const here = await world(t, (response) => response.end('[]'))
  const prices = here.prices(here.folder, 'nowhere')
  await prices.load()
  await here.looked(prices)
  assert.match(here.failures.join(), /URL/)
})

test('without the option nothing is asked', async (t) => {
  const here = await world(t, (response) => response.end('[]'))
  const prices = new Prices({ overrides: { refresh: false }, feed: { folder: here.folder } })
  await prices.load()
  prices.price(called('openai', 'gpt-4o', some))
  assert.equal(here.asked, 0)
})
