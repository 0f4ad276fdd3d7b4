import { type Alert, iso } from '../alert.ts'
import { fit } from '../cut.ts'
import { ATTEMPT, type Notifier } from '../notifier.ts'
import { facts } from '../payload.ts'
import { markOf, outcomeOfError } from '../post.ts'
import { onlyKnown, refuse, shown } from '../refuse.ts'
import type { Outcome } from '../retry.ts'

/** Sends mail, by the package `nodemailer`, which the app installs. */
export interface EmailOptions {
  readonly email: {
    readonly to: string | readonly string[]
    /** Default: the user of the mail server if that is an address, else the first of `to`. */
    readonly from?: string
    /** `smtps://user:password@host:465`, `smtp://…:587`, or the options of nodemailer's SMTP transport. */
    readonly smtp: string | Readonly<Record<string, unknown>>
  }
}

interface Transport {
  sendMail(mail: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): void
}

interface Nodemailer {
  createTransport(options: Readonly<Record<string, unknown>>): Transport
}

/** Loads nodemailer; rejects where it is not installed. */
export type Load = () => Promise<unknown>

const PACKAGE = 'nodemailer'
const SUBJECT = 200
const TEXT = 20_000
const MISSING = /Cannot find (package|module)|ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND/

/** Mail to some addresses. */
export function email(option: string, given: EmailOptions, load: Load = own): Notifier {
  onlyKnown(option, given, ['email'])
  onlyKnown(`${option}: email`, given.email, ['to', 'from', 'smtp'])
  const to = addresses(`${option}: to`, given.email.to)
  const smtp = transportOf(`${option}: smtp`, given.email.smtp)
  const from = given.email.from ?? senderOf(smtp) ?? to[0]!
  addresses(`${option}: from`, from)
  return {
    kind: 'email',
    mark: markOf('email', ...to, JSON.stringify(smtp)),
    lacks: () =>
      load().then(
        () => null,
        () => `${option}: mail needs a package: npm install nodemailer`
      ),
    send: (alert) => sent(load, smtp, { from, to: to.join(', '), ...mailOf(alert) }),
  }
}

function own(): Promise<unknown> {
  // By a variable: nobody who does not use it need have it, nor its types.
  const name: string = PACKAGE
  return import(name)
}

async function sent(load: Load, smtp: object, mail: Readonly<Record<string, unknown>>): Promise<Outcome> {
  let transport: Transport | undefined
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, code: 'timeout', retry: 'later' }), ATTEMPT)
  })
  try {
    const loaded = (await load()) as { default?: Nodemailer } & Nodemailer
    transport = (loaded.default ?? loaded).createTransport({ ...smtp })
    const done = transport.sendMail(mail).then((): Outcome => ({ ok: true }))
    done.catch(() => undefined)
    return await Promise.race([done, late])
  } catch (error) {
    return outcomeOfMail(error)
  } finally {
    clearTimeout(timer)
    transport?.close()
  }
}

/** One word for what a mail server, or the way to it, refused. */
export function outcomeOfMail(error: unknown): Outcome {
  const { code, responseCode, message } = (error ?? {}) as { code?: unknown; responseCode?: unknown; message?: unknown }
  const text = `${String(code)} ${String(message)}`
  if (MISSING.test(text)) return { ok: false, code: 'missing_package', retry: 'few' }
  if (/self.signed|certificate|CERT_/i.test(text)) return { ok: false, code: 'tls_certificate', retry: 'later' }
  if (code === 'ETIMEDOUT') return { ok: false, code: 'timeout', retry: 'later' }
  if (typeof responseCode === 'number') {
    return { ok: false, code: `smtp_${responseCode}`, retry: responseCode >= 500 ? 'few' : 'later' }
  }
  // What the socket said stands in the text only.
  const socket = code === 'ESOCKET' ? /\bE[A-Z]{4,20}\b/.exec(String(message))?.[0] : undefined
  return outcomeOfError(socket === undefined ? error : { code: socket })
}

function mailOf(alert: Alert): Readonly<Record<string, unknown>> {
  const more = facts(alert).map(([name, value]) => `${name}: ${value}`)
  const link = alert.url === null ? [] : [alert.url]
  const lines = [alert.message, '', ...more, `Time: ${iso(alert.time)}`, ...link]
  // A line break in a subject would begin another header.
  const subject = fit(alert.title.replaceAll(/\p{Cc}+/gu, ' '), SUBJECT)
  return {
    subject,
    text: fit(lines.join('\n'), TEXT),
    messageId: `<${alert.id}@pocketmetrics>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

function addresses(option: string, given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const isFine = (one: unknown): one is string =>
    typeof one === 'string' && /^[^\p{Cc}]{3,320}$/u.test(one) && /\S@\S/.test(one)
  if (list.length === 0 || !list.every(isFine))
    return refuse(option, shown(given), "Give an address such as 'me@example.com'.")
  return list
}

function transportOf(option: string, given: unknown): Readonly<Record<string, unknown>> {
  const hint = "Give 'smtps://user:password@host:465', 'smtp://user:password@host:587' or options of nodemailer."
  const times = { connectionTimeout: ATTEMPT, greetingTimeout: ATTEMPT, socketTimeout: ATTEMPT, dnsTimeout: ATTEMPT }
  if (typeof given === 'object' && given !== null) {
    const { host, url } = given as { host?: unknown; url?: unknown }
    if (typeof host !== 'string' && typeof url !== 'string') refuse(option, 'names no host', hint)
    return { ...times, ...given, disableFileAccess: true, disableUrlAccess: true }
  }
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    return refuse(option, 'is no mail server', hint)
  const secure = url.protocol === 'smtps:' || url.port === '465'
  const user = decodeURIComponent(url.username)
  const auth = user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }
  // A password goes over no line that everybody can read, but on this machine.
  const requireTLS = !secure && user !== '' && !/^(localhost|127\.|\[::1\])/.test(url.hostname)
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    secure,
    ...auth,
    requireTLS,
    ...times,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function senderOf(smtp: Readonly<Record<string, unknown>>): string | undefined {
  const { user } = (smtp['auth'] ?? {}) as { user?: unknown }
  return typeof user === 'string' && user.includes('@') ? user : undefined
}
