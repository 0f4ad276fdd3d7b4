import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Guard } from '../../../src/guard.ts'
import { type PaidApi, PaidWatcher } from '../../../src/llm/paid.ts'
import type { Asked } from '../../../src/llm/seen.ts'
import { fakeClock } from '../../../src/testing.ts'

function watcher(...apis: PaidApi[]): { paid: unknown[][]; lines: string[]; it: PaidWatcher } {
  const [paid, lines]: [unknown[][], string[]] = [[], []]
  const guard = new Guard(fakeClock(), (line) => lines.push(line))
  const it = new PaidWatcher({ apis, paid: (...of) => paid.push(of), origin: () => 'origin', guard })
  return { paid, lines, it }
}

function asked(url: string): Asked {
  return { method: 'POST', url, header: () => undefined, body: undefined }
}

const MATCHES: readonly (readonly [pattern: PaidApi['match'], url: string, matches: boolean])[] = [
  ['api.resend.com', 'https://api.resend.com/emails', true],
  ['api.resend.com', 'https://api.resend.com', true],
  ['api.resend.com', 'https://api.resend.com:8443/emails?x=1#y', true],
  ['api.resend.com', 'http://API.resend.com/emails', true],
  ['api.resend.com', 'https://api.resend.com.evil.example/emails', false],
  ['api.resend.com', 'https://evil.example/?api.resend.com', false],
  ['api.resend.com', 'https://evil.example/api.resend.com', false],
  ['api.resend.com/emails', 'https://api.resend.com/emails', true],
  ['api.resend.com/emails', 'https://api.resend.com/emails?dry=1', true],
  ['api.resend.com/emails', 'https://api.resend.com/emails/17', false],
  ['api.resend.com/emails/*', 'https://api.resend.com/emails/17/send', true],
  ['https://api.resend.com/emails', 'http://api.resend.com/emails', false],
  ['https://api.resend.com/emails', 'https://key:secret@api.resend.com/emails', true],
  ['*.twilio.com', 'https://api.twilio.com/2010/Messages.json', true],
  ['*.twilio.com', 'https://twilio.com/', false],
  ['api.twilio.com/*/Messages.json', 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json', true],
  ['api.twilio.com/*/Messages.json', 'https://api.twilio.com/x/Calls.json?a=/Messages.json', false],
  ['maps.example/json?*mode=paid*', 'https://maps.example/json?q=a&mode=paid&z=1', true],
  ['maps.example/json?*mode=paid*', 'https://maps.example/json?q=a', false],
  ['127.0.0.1:4000/send', 'http://127.0.0.1:4000/send', true],
  ['127.0.0.1:4000/send', 'http://127.0.0.1:4001/send', false],
  [/\/v1\/sms$/g, 'https://sms.example/v1/sms', true],
  [(url) => url.includes('sms'), 'https://sms.example/', true],
  [(url) => url.includes('sms'), 'https://mail.example/', false],
]

for (const [pattern, url, matches] of MATCHES) {
  test(`${String(pattern)} ${matches ? 'is' : 'is not'} ${url}`, () => {
    const { it } = watcher({ match: pattern, usd: 1 })
    assert.equal(it.wants(url), matches)
    assert.equal(it.wants(url), matches, 'the second time too')
    assert.equal(it.watch(asked(url), undefined) !== undefined, matches)
  })
}

test('only a successful answer costs, and once', () => {
  const { paid, it } = watcher({ match: 'api.resend.com', usd: 0.001, name: 'email' }, { match: '*', usd: 9 })
  for (const status of [200, 202, 299, 302, 404, 429, 500]) {
    const watched = it.watch(asked('https://api.resend.com/emails'), 'somebody')
    watched?.head(status, () => undefined)
    watched?.head(status, () => undefined)
    watched?.bytes(new Uint8Array(3))
    watched?.end('whole')
  }
  it.watch(asked('https://api.resend.com/emails'), 'somebody')?.end('failed')
  assert.deepEqual(
    paid,
    Array.from({ length: 3 }, () => ['email', 'api.resend.com', 0.001, 'somebody'])
  )
})

test('without a name a cost is called by its host', () => {
  const { paid, it } = watcher({ match: /sms/i, usd: 0.04 })
  it.watch(asked('https://SMS.example:8080/send?to=1'), undefined)?.head(200, () => undefined)
  assert.deepEqual(paid, [['sms.example:8080', 'sms.example:8080', 0.04, undefined]])
  assert.equal(it.origin(), 'origin')
})

test('a function that throws, and an expression that would take forever, do no harm', () => {
  const { it, lines } = watcher({ match: () => assert.fail('broken'), usd: 1 }, { match: 'good.example', usd: 1 })
  assert.equal(it.wants('https://good.example/'), true)
  assert.equal(it.wants('https://other.example/'), false)
  assert.equal(lines.length, 1)
  const stars = watcher({ match: `${'*a'.repeat(30)}/b`, usd: 1 }).it
  assert.equal(stars.wants(`https://${'a'.repeat(1_000_000)}`), false)
})
