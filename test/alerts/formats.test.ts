import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Alert } from '../../src/alerts/alert.ts'
import { settleChannels } from '../../src/alerts/channels.ts'
import { fit, plainMarkdown } from '../../src/alerts/cut.ts'
import * as alertmanager from '../../src/alerts/notifiers/alertmanager.ts'
import { custom } from '../../src/alerts/notifiers/custom.ts'
import * as discord from '../../src/alerts/notifiers/discord.ts'
import * as ntfy from '../../src/alerts/notifiers/ntfy.ts'
import * as slack from '../../src/alerts/notifiers/slack.ts'
import * as teams from '../../src/alerts/notifiers/teams.ts'
import * as telegram from '../../src/alerts/notifiers/telegram.ts'
import { post } from '../../src/alerts/post.ts'
import { receiver } from './receiver.ts'

const NOW = Date.UTC(2026, 10, 22, 10, 30)

function alert(more: Partial<Alert> = {}): Alert {
  return {
    id: 'msg_1',
    type: 'alert.firing',
    alertId: 'msg_0',
    key: 'errors{}',
    time: NOW,
    rule: 'errors',
    severity: 'critical',
    status: 'firing',
    metric: 'http_error_rate',
    value: 7.2,
    threshold: 5,
    unit: 'percent',
    group: { endpoint: '/pay' },
    labels: { team: 'shop' },
    startsAt: NOW,
    endsAt: null,
    title: 'FIRING: errors (endpoint=/pay)',
    message: 'http_error_rate is 7.2 %.',
    app: 'shop',
    url: 'https://app.example.com/metrics',
    ...more,
  }
}

const NASTY = '<!channel> <@U1> & @everyone *b* _i_ `c` [x](https://evil) ~s~ \u0000 "q" \\ 😀'
const nasty = (): Alert => alert({ title: `FIRING: ${NASTY}`, message: NASTY, group: { endpoint: NASTY }, app: NASTY })
const huge = (): Alert => {
  const text = '😀&<*'.repeat(5_000)
  return alert({
    title: text,
    message: text,
    group: { endpoint: text, method: text },
    labels: { team: text },
    app: text,
  })
}

interface Blocks {
  blocks: { text?: { text: string }; elements?: { text: string }[] }[]
}

/** Every text in a body. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}

test('Slack: sections within its limits, nobody mentioned', () => {
  const { blocks, text } = slack.bodyOf(alert()) as {
    blocks: { type: string; text?: { text: string } }[]
    text: string
  }
  assert.equal(text, 'FIRING: errors (endpoint=/pay): http_error_rate is 7.2 %.')
  assert.equal(blocks[0]?.text?.text, ':red_circle: *FIRING: errors (endpoint=/pay)*\nhttp_error_rate is 7.2 %.')
  for (const one of texts(slack.bodyOf(nasty()))) assert.doesNotMatch(one, /[<>]|&(?!amp;|lt;|gt;)/)
  const long = slack.bodyOf(huge()) as unknown as Blocks
  for (const block of long.blocks) {
    for (const one of [block.text?.text, ...(block.elements ?? []).map((element) => element.text)]) {
      if (one === undefined) continue
      assert.ok(one.length <= 3000)
      assert.match(one, /… \(cut\)/)
      assert.doesNotMatch(one.replaceAll(/&(amp|lt|gt);/g, ''), /[&<>]/)
    }
  }
})

test('Discord: an embed within its limits, allowed to mention nobody', () => {
  interface Body {
    allowed_mentions: unknown
    embeds: { title: string; description: string; fields: { name: string; value: string }[]; timestamp: string }[]
  }
  for (const one of [alert(), nasty(), huge()]) {
    const { allowed_mentions, embeds } = discord.bodyOf(one) as unknown as Body
    assert.deepEqual(allowed_mentions, { parse: [] })
    const [embed] = embeds
    const { title, description, fields, timestamp } = embed!
    assert.ok(title.length <= 256 && title.length > 0 && description.length <= 4096)
    assert.ok(fields.length <= 25)
    for (const { name, value } of fields) assert.ok(name.length <= 256 && value.length <= 1024 && value.length > 0)
    const all =
      title.length + description.length + fields.reduce((sum, { name, value }) => sum + name.length + value.length, 0)
    assert.ok(all <= 6000, String(all))
    assert.equal(timestamp, '2026-11-22T10:30:00.000Z')
  }
  assert.match(String(texts(discord.bodyOf(nasty()))), /\\@everyone \\\*b\\\*/)
  assert.match(String(texts(discord.bodyOf(huge()))), /… \(cut\)/)
})

test('Teams: an Adaptive Card of at most 28 kB', () => {
  for (const one of [alert(), nasty(), huge()]) {
    const body = teams.bodyOf(one) as {
      type: string
      attachments: { contentType: string; content: Record<string, unknown> }[]
    }
    assert.equal(body.type, 'message')
    const [card] = body.attachments
    assert.equal(card?.contentType, 'application/vnd.microsoft.card.adaptive')
    assert.deepEqual([card?.content['type'], card?.content['version']], ['AdaptiveCard', '1.4'])
    const bytes = Buffer.byteLength(JSON.stringify(body))
    assert.ok(bytes < 21_000, String(bytes))
  }
  assert.doesNotMatch(JSON.stringify(teams.bodyOf(nasty())), /[^\\]\[x\]/)
})

test('Telegram: at most 4,096 characters of well-formed HTML', () => {
  for (const one of [alert(), nasty(), huge()]) {
    const { text, parse_mode } = telegram.bodyOf(one) as { text: string; parse_mode: string }
    assert.equal(parse_mode, 'HTML')
    assert.ok(text.length <= 4096, String(text.length))
    assert.doesNotMatch(
      text
        .replace(/^<b>/, '')
        .replace('</b>', '')
        .replaceAll(/&(amp|lt|gt);/g, ''),
      /[<>&]/
    )
  }
})

test('ntfy: at most 4,096 bytes, more urgent the worse it is', () => {
  for (const one of [alert(), nasty(), huge()]) {
    const { message } = ntfy.bodyOf(one) as { message: string }
    assert.ok(Buffer.byteLength(message) <= 4096, String(Buffer.byteLength(message)))
  }
  const priority = (more: Partial<Alert>): unknown => ntfy.bodyOf(alert(more))['priority']
  assert.deepEqual([priority({}), priority({ severity: 'warning' }), priority({ status: 'resolved' })], [5, 4, 3])
})

test('Alertmanager: what its receivers know, version 4', () => {
  const firing = alertmanager.bodyOf(alert())
  assert.deepEqual(Object.keys(firing).sort(), [
    'alerts', 'commonAnnotations', 'commonLabels', 'externalURL', 'groupKey', 'groupLabels', 'receiver', 'status', 'truncatedAlerts', 'version',
  ]) // prettier-ignore
  const [one] = firing['alerts'] as Record<string, unknown>[]
  assert.deepEqual(Object.keys(one!).sort(), [
    'annotations',
    'endsAt',
    'fingerprint',
    'generatorURL',
    'labels',
    'startsAt',
    'status',
  ])
  assert.deepEqual(one?.['labels'], {
    alertname: 'errors',
    endpoint: '/pay',
    job: 'shop',
    severity: 'critical',
    team: 'shop',
  })
  assert.equal(one?.['endsAt'], '0001-01-01T00:00:00Z')
  const resolved = alertmanager.bodyOf(alert({ type: 'alert.resolved', status: 'resolved', endsAt: NOW + 5 }))
  const [two] = resolved['alerts'] as Record<string, unknown>[]
  assert.deepEqual(
    [resolved['status'], two?.['status'], two?.['startsAt'], two?.['endsAt']],
    ['resolved', 'resolved', '2026-11-22T10:30:00.000Z', '2026-11-22T10:30:00.005Z']
  )
  assert.equal(two?.['fingerprint'], one?.['fingerprint'])
})

test('what is cut says so, is never longer than asked, and never splits a character or an escape', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 10, max: 60 }), (text, most) => {
      const cut = fit(text, most, plainMarkdown)
      assert.ok(cut.length <= most)
      assert.ok(cut.isWellFormed())
      const whole = Array.from(text.toWellFormed(), plainMarkdown).join('')
      if (whole.length <= most) assert.equal(cut, whole)
      else {
        assert.ok(cut.endsWith('… (cut)'))
        assert.ok(whole.startsWith(cut.slice(0, -7)))
      }
    })
  )
})

test('each kind posts to where it should, and a 429 of Telegram says when to come again', async (t) => {
  const there = await receiver(t)
  const channels = settleChannels({
    slack: { slack: `${there.url}/services/T/B/x` },
    discord: { discord: `${there.url}/api/webhooks/1/x` },
    teams: { teams: `${there.url}/workflows/x` },
    alertmanager: { alertmanager: `${there.url}/am` },
    telegram: { telegram: { token: '123:abc', chat: -100, api: `${there.url}/` } },
    ntfy: { ntfy: `${there.url}/my-topic`, token: 'tk_1' },
    webhook: { webhook: there.url.replace('http://', 'http://user:pass@'), headers: { 'x-team': 'shop' } },
  })
  for (const { notifier } of channels.values()) assert.deepEqual(await notifier.send(alert(), NOW), { ok: true })
  assert.deepEqual(
    there.got.map(({ path }) => path),
    ['/services/T/B/x', '/api/webhooks/1/x', '/workflows/x', '/am', '/bot123:abc/sendMessage', '/', '/']
  )
  assert.equal(there.got[4]?.body['chat_id'], -100)
  assert.deepEqual([there.got[5]?.body['topic'], there.got[5]?.headers.authorization], ['my-topic', 'Bearer tk_1'])
  assert.deepEqual(
    [there.got[6]?.headers['x-team'], there.got[6]?.headers.authorization],
    ['shop', `Basic ${btoa('user:pass')}`]
  )
  assert.equal(there.got[6]?.headers['webhook-signature'], undefined)
  there.reply = () => ({ status: 429, body: '{"ok":false,"parameters":{"retry_after":7}}' })
  const late = await channels.get('telegram')!.notifier.send(alert(), NOW)
  assert.deepEqual(late, { ok: false, code: 'http_429', retry: 'later', after: 7000 })
})

test('how an attempt ended is one word, whatever happened', async (t) => {
  const there = await receiver(t)
  const { notifier } = settleChannels({ ops: { webhook: there.url } }).get('ops')!
  const outcome = async (reply: ReturnType<typeof there.reply>): Promise<unknown> => {
    there.reply = () => reply
    return notifier.send(alert(), NOW)
  }
  assert.deepEqual(await outcome(204), { ok: true })
  assert.deepEqual(await outcome(410), { ok: false, code: 'http_410', retry: 'never' })
  assert.deepEqual(await outcome(404), { ok: false, code: 'http_404', retry: 'few' })
  assert.deepEqual(await outcome(301), { ok: false, code: 'http_301', retry: 'few' })
  for (const status of [408, 425, 500, 503]) {
    assert.deepEqual(await outcome(status), { ok: false, code: `http_${status}`, retry: 'later' })
  }
  const date = new Date(NOW + 90_000).toUTCString()
  assert.deepEqual(await outcome({ status: 503, headers: { 'retry-after': date } }), {
    ok: false,
    code: 'http_503',
    retry: 'later',
    after: 90_000,
  })
  for (const odd of ['soon', '-5', '']) {
    const headers = { 'retry-after': odd }
    assert.deepEqual(await outcome({ status: 503, headers }), { ok: false, code: 'http_503', retry: 'later' })
  }
  const nobody = settleChannels({ ops: { webhook: 'http://127.0.0.1:1' } }).get('ops')!
  assert.deepEqual(await nobody.notifier.send(alert(), NOW), { ok: false, code: 'ECONNREFUSED', retry: 'later' })
})

test('a receiver that hangs, before its answer or within it, is given up in time', async (t) => {
  const there = await receiver(t, () => 'hang')
  await assert.rejects(post({ url: new URL(there.url), body: '{}' }, 200))
  there.reply = () => ({ status: 500, headers: { 'content-length': '1000' }, body: 'x' })
  await assert.rejects(post({ url: new URL(there.url), body: '{}' }, 200))
  // What it has said to have taken, it has taken.
  there.reply = () => ({ status: 200, headers: { 'content-length': '1000' }, body: 'x' })
  assert.equal((await post({ url: new URL(there.url), body: '{}' }, 200)).status, 200)
})

test('a function that throws, rejects or hangs has failed', async () => {
  const send = (call: (one: Alert) => unknown): Promise<unknown> => custom(call, 50).send(alert(), NOW)
  const failed = { ok: false, code: 'failed', retry: 'later' }
  assert.deepEqual(await send(() => undefined), { ok: true })
  assert.deepEqual(await send(() => Promise.reject(new Error('no'))), failed)
  assert.deepEqual(
    await send(() => {
      throw new Error('no')
    }),
    failed
  )
  // A timer that waits for nothing else keeps no process: this one keeps the test.
  const kept = setTimeout(() => undefined, 5_000)
  assert.deepEqual(await send(() => new Promise(() => undefined)), { ok: false, code: 'timeout', retry: 'later' })
  clearTimeout(kept)
})
