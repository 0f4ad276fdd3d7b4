import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Metrics } from '../../src/index.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-'))
const storage = `sqlite://${join(folder, 'metrics.db')}`

interface Said {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

function pocketmetrics(...words: string[]): Said {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], { encoding: 'utf8', timeout: 30_000 })
  return { code: status, out: stdout, error: stderr }
}

before(async () => {
  const metrics = new Metrics({ storage, flushEvery: '1s', log: () => undefined })
  for (const model of ['gpt-99', 'gpt-99', 'gpt-4o']) {
    metrics.llm.record({ provider: 'openai', model, tokens: { input: 10, output: 2 } })
  }
  metrics.llm.record({ provider: 'acme', model: 'roadrunner-1', tokens: { input: 10, output: 2 } })
  await metrics.close()
})

after(() => rmSync(folder, { recursive: true, force: true }))

test('prices says how old the prices are, how many there are, and where ours come from', () => {
  const { code, out, error } = pocketmetrics('prices')
  assert.deepEqual([code, error], [0, ''])
  assert.match(out, /^Prices of @pydantic\/genai-prices [\d.]+, 20\d\d-\d\d-\d\d: \d+ days old/)
  assert.match(out, /^openai +9\d +\d+$/m)
  assert.match(out, /^anthropic +claude-haiku-5-5 +2026-10-07 +https:\/\/platform\.claude\.com\//m)
})

test('with a store it lists the models that had no price, most called first', () => {
  const { code, out } = pocketmetrics('prices', '--storage', storage)
  assert.equal(code, 0)
  const [, list = ''] = out.split('without a price')
  assert.match(list, /^openai +gpt-99 +2$/m)
  assert.match(list, /^acme +roadrunner-1 +1$/m)
  assert.doesNotMatch(list, /gpt-4o/)
  assert.ok(list.indexOf('gpt-99') < list.indexOf('roadrunner-1'))
})

test('as JSON it says the same', () => {
  const { code, out } = pocketmetrics('prices', '--json', '--storage', storage)
  const report = JSON.parse(out) as Record<string, unknown> & { unpriced: unknown[] }
  assert.equal(code, 0)
  assert.deepEqual(report.unpriced, [
    { provider: 'openai', model: 'gpt-99', calls: 2 },
    { provider: 'acme', model: 'roadrunner-1', calls: 1 },
  ])
  assert.equal(typeof report['age_days'], 'number')
  assert.equal((JSON.parse(pocketmetrics('prices', '--json').out) as { unpriced: unknown }).unpriced, null)
})

test('a store in which no model was called has none without a price', async () => {
  const empty = `sqlite://${join(folder, 'empty.db')}`
  const metrics = new Metrics({ storage: empty, log: () => undefined })
  await metrics.ready
  await metrics.close()
  const { code, out } = pocketmetrics('prices', '--storage', empty)
  assert.equal(code, 0)
  assert.match(out, /Every model in .* has had a price/)
})

test('reading a store records nothing into it', async () => {
  for (let time = 0; time < 2; time++) pocketmetrics('prices', '--storage', storage)
  const metrics = new Metrics({ storage, log: () => undefined })
  const { total } = await metrics.query({ metric: 'llm_calls', from: '1d' })
  await metrics.close()
  assert.equal(total, 4)
})

test('a model is told its price, and whose it is', () => {
  const { code, out } = pocketmetrics('prices', 'gpt-5.4-2026-03-05')
  assert.equal(code, 0)
  assert.match(out, /^openai gpt-5\.4 \(snapshot\), USD:\ninput +2\.5, above 272000 tokens 5$/m)
  assert.match(pocketmetrics('prices', 'claude-opus-5', '--provider', 'bedrock').out, /^anthropic|aws regional/)
  assert.match(pocketmetrics('prices', 'omni-moderation-latest').out, /free/)
})

test('a model without a price is a failure', () => {
  const { code, out, error } = pocketmetrics('prices', 'gpt-99')
  assert.deepEqual([code, out], [1, ''])
  assert.match(error, /^There is no price for gpt-99/)
})

test('what cannot be read is a failure that says why, and makes no file', () => {
  const missing = join(folder, 'missing.db')
  const broken = join(folder, 'broken.db')
  writeFileSync(broken, 'this is no database, but some text that is long enough to be taken for one'.repeat(99))
  for (const [url, expected, reason] of [
    [`sqlite://${missing}`, 1, /There is no file .*missing\.db/],
    [`sqlite://${broken}`, 1, /broken\.db/],
    ['memory://', 2, /nothing to read in memory/],
    ['metrics.db', 2, /no storage URL/],
    ['redis://:secret@127.0.0.1:1', 1, /Redis cannot be reached/],
    ['mongodb://:secret@host', 2, /not known/],
  ] as const) {
    const { code, error } = pocketmetrics('prices', '--storage', url)
    assert.equal(code, expected, url)
    assert.match(error, reason)
    assert.doesNotMatch(error, /secret|at .*\.ts:/)
  }
  assert.equal(existsSync(missing), false)
})

test('help is told where it is asked for', () => {
  for (const words of [['--help'], ['help'], ['prices', '--help'], ['prices', 'x', '-h']]) {
    const { code, out, error } = pocketmetrics(...words)
    assert.deepEqual([code, error], [0, ''], words.join(' '))
    assert.match(out, /prices/)
  }
})

test('what was written wrongly ends with 2 and says where help is', () => {
  for (const words of [
    [],
    ['price'],
    ['prices', '--nope'],
    ['prices', 'a', 'b'],
    ['prices', '--storage'],
    ['prices', '--from', '5 fortnights', '--storage', storage],
  ]) {
    const { code, out, error } = pocketmetrics(...words)
    assert.equal(code, 2, words.join(' '))
    assert.match(out + error, /--help/)
  }
})
