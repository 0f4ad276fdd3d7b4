import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { settleChannels } from '../../src/alerts/channels.ts'
import type { Notifier } from '../../src/alerts/notifier.ts'
import { email } from '../../src/alerts/notifiers/email.ts'
import type { Alert } from '../../src/alerts/alert.ts'
import { World } from './world.ts'

const MAIL = { to: 'me@example.com' }

interface Session {
  readonly rcptTo: { address: string }[]
}

/** What there is of the package that is a real mail server. */
interface Smtp {
  SMTPServer: new (options: object) => {
    listen(port: number, host: string): unknown
    close(done?: () => void): void
    on(event: 'error', listener: (error: Error) => void): void
    readonly server: ReturnType<typeof createServer>
  }
}

/** A real mail server on loopback. */
async function mailServer(
  t: TestContext,
  options: object = {}
): Promise<{ port: number; mails: string[]; to: string[] }> {
  const name: string = 'smtp-server'
  const { SMTPServer } = ((await import(name)) as { default: Smtp }).default
  const mails: string[] = []
  const to: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH'],
    onData(stream: NodeJS.ReadableStream, session: { envelope: Session }, done: (error?: Error) => void) {
      let text = ''
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
      stream.on('end', () => {
        mails.push(text)
        to.push(...session.envelope.rcptTo.map(({ address }) => address))
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => new Promise<void>((resolve) => server.close(resolve)))
  return { port: (server.server.address() as AddressInfo).port, mails, to }
}

async function alertOf(title: string): Promise<Alert> {
  const world = new World()
  const process = world.process([])
  await process.alerts.test()
  return { ...process.got[0]!, title }
}

function notifier(smtp: unknown, more: object = {}): Notifier {
  return settleChannels({ me: { email: { ...MAIL, smtp, ...more } } }).get('me')!.notifier
}

test('a mail arrives: plain text, one line of subject, an id that stays', async (t) => {
  const { port, mails, to } = await mailServer(t, { disabledCommands: ['AUTH', 'STARTTLS'] })
  const me = notifier(`smtp://127.0.0.1:${port}`, {
    to: ['me@example.com', 'you@example.com'],
    from: 'Shop <shop@example.com>',
  })
  const sent = await alertOf('FIRING: a\r\nBcc: evil@example.com')
  assert.equal(await me.lacks?.(), null)
  assert.deepEqual(await me.send(sent, 0), { ok: true })
  assert.deepEqual(to, ['me@example.com', 'you@example.com'])
  const [head = ''] = mails[0]!.split('\r\n\r\n')
  assert.match(head, /^Subject: FIRING: a Bcc: evil@example\.com\r$/m)
  assert.doesNotMatch(head, /^Bcc:/m)
  assert.match(head, new RegExp(`^Message-ID: <${sent.id}@pocketmetrics>`, 'm'))
  assert.match(head, /^From: Shop <shop@example\.com>/m)
  assert.match(head, /^Content-Type: text\/plain/m)
  assert.match(mails[0]!, /This is a test of alerts/)
})

test('a server that refuses is told by its number, and for good after a few tries', async (t) => {
  const refuse = (responseCode: number) => ({
    onRcptTo: (_: unknown, __: unknown, done: (error: Error) => void) =>
      done(Object.assign(new Error('no'), { responseCode })),
    disabledCommands: ['AUTH', 'STARTTLS'],
  })
  const sent = await alertOf('x')
  const [hard, soft] = [await mailServer(t, refuse(550)), await mailServer(t, refuse(451))]
  assert.deepEqual(await notifier(`smtp://127.0.0.1:${hard.port}`).send(sent, 0), {
    ok: false,
    code: 'smtp_550',
    retry: 'few',
  })
  assert.deepEqual(await notifier(`smtp://127.0.0.1:${soft.port}`).send(sent, 0), {
    ok: false,
    code: 'smtp_451',
    retry: 'later',
  })
  assert.deepEqual(await notifier('smtp://127.0.0.1:1').send(sent, 0), {
    ok: false,
    code: 'ECONNREFUSED',
    retry: 'later',
  })
})

test('a certificate of its own is refused with a clear code, and nothing of the process is changed', async (t) => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  const { port, mails } = await mailServer(t, { secure: true })
  const sent = await alertOf('x')
  assert.deepEqual(await notifier(`smtps://127.0.0.1:${port}`).send(sent, 0), {
    ok: false,
    code: 'tls_certificate',
    retry: 'later',
  })
  assert.equal(process.env['NODE_TLS_REJECT_UNAUTHORIZED'], before)
  assert.deepEqual(mails, [])
  // Who knows it may say so, for this server alone.
  const trusting = notifier({ host: '127.0.0.1', port, secure: true, tls: { rejectUnauthorized: false } })
  assert.deepEqual(await trusting.send(sent, 0), { ok: true })
})

test('a server that says nothing is given up in time', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => silent.close())
  const { port } = silent.address() as AddressInfo
  const me = notifier({ host: '127.0.0.1', port, greetingTimeout: 300 })
  assert.deepEqual(await me.send(await alertOf('x'), 0), { ok: false, code: 'timeout', retry: 'later' })
})

test('without nodemailer a line at start says what to install, and others go on', async () => {
  const load = (): Promise<never> =>
    Promise.reject(Object.assign(new Error("Cannot find package 'nodemailer'"), { code: 'ERR_MODULE_NOT_FOUND' }))
  const me = email('alerts.notifiers.me', { email: { ...MAIL, smtp: 'smtp://127.0.0.1:1' } }, load)
  assert.equal(await me.lacks?.(), 'alerts.notifiers.me: mail needs a package: npm install nodemailer')
  assert.deepEqual(await me.send(await alertOf('x'), 0), { ok: false, code: 'missing_package', retry: 'few' })
})

test('the address of a server says how to speak to it', async (t) => {
  const { port, mails } = await mailServer(t, { disabledCommands: ['STARTTLS'], authOptional: false, onAuth })
  const me = notifier(`smtp://me%40example.com:p%40ss@127.0.0.1:${port}`)
  assert.deepEqual(await me.send(await alertOf('x'), 0), { ok: true })
  assert.match(mails[0]!, /^From: me@example\.com/m)
  const wrong = notifier(`smtp://me:wrong@127.0.0.1:${port}`)
  assert.deepEqual(await wrong.send(await alertOf('x'), 0), { ok: false, code: 'smtp_535', retry: 'few' })
})

function onAuth(
  { username, password }: { username: string; password: string },
  _: unknown,
  done: (error: Error | null, answer?: object) => void
): void {
  if (username === 'me@example.com' && password === 'p@ss') done(null, { user: username })
  else done(new Error('wrong'))
}
