import { type Code, MetricsError } from '../../errors.ts'
import { Overdue } from './line.ts'

/** Our code, what is wrong, and what to do about it. */
type Saying = readonly [code: Code, problem: string, fix: string]

const LATER = 'it is tried again'
const PRIMARY = 'give the URL of the primary, or turn off default_transaction_read_only'
const FOREIGN = 'give metrics a schema of their own, such as ?schema=app_metrics'
const TRUST = 'give its certificate (sslmode=verify-full&sslrootcert=/path/ca.pem), or only encrypt (sslmode=require)'
const NAME = 'use the host name that it is for, or check the certificate only (sslmode=verify-ca)'
const URL_FIX = 'check host and port of the storage URL, and that the server runs'
const GRANT = 'allow it (GRANT CREATE ON DATABASE … TO …), or make the schema and give it to this user'

/** By SQLSTATE of the server, or by the system's name of a network error. */
const SAYINGS: ReadonlyMap<string, Saying> = new Map<string, Saying>([
  ['28P01', ['storage_unwritable', 'refuses the password', 'check user and password of the storage URL']],
  ['28000', ['storage_unwritable', 'does not let this user in', 'check the user of the storage URL, and pg_hba.conf']],
  [
    '3D000',
    ['storage_unwritable', 'has no such database', 'make it (CREATE DATABASE …), or name another in the storage URL'],
  ],
  ['42501', ['storage_unwritable', 'does not allow this user to make or use the schema', GRANT]],
  ['42P07', ['storage_unwritable', 'has other tables in that schema', FOREIGN]],
  ['42703', ['storage_unwritable', 'has other tables in that schema', FOREIGN]],
  ['25006', ['storage_readonly', 'is read-only', PRIMARY]],
  ['53300', ['storage_busy', 'has no connection left', 'raise max_connections, or put a pooler before it']],
  ['53100', ['storage_full', 'has a full disk', 'free some of its disk']],
  ['53200', ['storage_failed', 'is out of memory', LATER]],
  ['57P03', ['storage_busy', 'is starting or stopping', LATER]],
  ['57P01', ['storage_failed', 'was stopped', LATER]],
  ['57P02', ['storage_failed', 'has crashed', LATER]],
  ['57014', ['storage_timeout', 'took too long', 'look at its load and its locks']],
  ['40001', ['storage_busy', 'is busy with the same rows', LATER]],
  ['40P01', ['storage_busy', 'is busy with the same rows', LATER]],
  ['23505', ['storage_busy', 'is making the same tables for another process', LATER]],
  ['42P06', ['storage_busy', 'is making the same tables for another process', LATER]],
  ['55P03', ['storage_busy', 'is busy with the same rows', LATER]],
  ['3F000', ['storage_failed', 'has lost the tables of metrics', 'they are made anew']],
  ['42P01', ['storage_failed', 'has lost the tables of metrics', 'they are made anew']],
  ['XX001', ['storage_corrupt', 'has damaged tables', 'look at its log; restore a backup']],
  ['XX002', ['storage_corrupt', 'has a damaged index', 'rebuild it: REINDEX SCHEMA …']],
  ['ECONNREFUSED', ['storage_failed', 'cannot be reached', URL_FIX]],
  ['ENOTFOUND', ['storage_failed', 'has a host name that nobody knows', URL_FIX]],
  ['EAI_AGAIN', ['storage_failed', 'has a host name that cannot be looked up now', URL_FIX]],
  ['EHOSTUNREACH', ['storage_failed', 'cannot be reached', URL_FIX]],
  ['ENETUNREACH', ['storage_failed', 'cannot be reached', URL_FIX]],
  ['ETIMEDOUT', ['storage_timeout', 'does not answer', URL_FIX]],
  ['ENOENT', ['storage_failed', 'has no socket there', URL_FIX]],
  ['ECONNRESET', ['storage_failed', 'broke the connection off', LATER]],
  ['EPIPE', ['storage_failed', 'broke the connection off', LATER]],
  ['CONNECTION_CLOSED', ['storage_failed', 'broke the connection off', LATER]],
  ['CONNECTION_DESTROYED', ['storage_failed', 'broke the connection off', LATER]],
  ['CONNECT_TIMEOUT', ['storage_timeout', 'does not answer', URL_FIX]],
  ['ERR_TLS_CERT_ALTNAME_INVALID', ['storage_unwritable', 'has a certificate for another name', NAME]],
])

/** What libraries say without a code. */
const PHRASES: readonly (readonly [RegExp, Saying])[] = [
  [
    /pg_hba\.conf.*(no encryption|SSL off)/i,
    ['storage_unwritable', 'wants encryption', 'add sslmode=require to the storage URL'],
  ],
  [/does not support SSL/i, ['storage_unwritable', 'has no encryption', 'leave sslmode out of the storage URL']],
  [/certificate|self.signed|issuer/i, ['storage_unwritable', 'has a certificate that is not trusted', TRUST]],
  [
    /password must be a|no password/i,
    ['storage_unwritable', 'wants a password', 'add user and password to the storage URL'],
  ],
  [
    /timeout exceeded when trying to connect/i,
    ['storage_timeout', 'gave no connection in time', `${URL_FIX}; a pool of your own may have none free (max)`],
  ],
  [/tim(ed? ?out|eout)/i, ['storage_timeout', 'does not answer', URL_FIX]],
  [
    /max_client_conn|too many clients|remaining connection slots/i,
    ['storage_busy', 'has no connection left', 'raise its limit'],
  ],
  [/connection (was )?(terminated|closed|ended)|not queryable/i, ['storage_failed', 'broke the connection off', LATER]],
]

function partsOf(error: unknown): { readonly code: string; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) }
  const { code, message } = error as { code?: unknown; message?: unknown }
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' }
}

/** An error of the server, of the network or of a library as a MetricsError; what it says holds no host and no password. */
export function faultOf(error: unknown): MetricsError {
  if (error instanceof MetricsError) return error
  if (error instanceof Overdue) {
    return new MetricsError('storage_timeout', 'PostgreSQL does not answer', { cause: error, hint: LATER })
  }
  const { code, message } = partsOf(error)
  const phrase = PHRASES.find(([pattern]) => pattern.test(message))?.[1]
  // pg_hba.conf has its say in two ways under one code.
  const saying = code === '28000' ? (phrase ?? SAYINGS.get(code)) : (SAYINGS.get(code) ?? phrase)
  if (saying === undefined) {
    return new MetricsError('storage_failed', `PostgreSQL: ${message || code}`, { cause: error, hint: LATER })
  }
  const [ours, problem, fix] = saying
  return new MetricsError(ours, `PostgreSQL ${problem}${code === '' ? '' : ` (${code})`}`, { cause: error, hint: fix })
}

/** The server has taken it back for the sake of another: the same again will do. */
export function isContended(error: unknown): boolean {
  return ['40001', '40P01', '55P03', '23505', '42P06'].includes(partsOf(error).code)
}

/** Nobody knows whether it arrived; what may be done twice is done again, on a new connection. */
export function isCut(error: unknown): boolean {
  if (error instanceof Overdue) return false
  const { code, message } = partsOf(error)
  if (['ECONNRESET', 'EPIPE', 'CONNECTION_CLOSED', '57P01'].includes(code)) return true
  return (
    code === '' &&
    /connection (was )?(terminated|closed|ended)|not queryable/i.test(message) &&
    !/tim(ed )?out/i.test(message)
  )
}

/** The tables were taken away while we were at it. */
export function isBare(error: unknown): boolean {
  return ['3F000', '42P01'].includes(partsOf(error).code)
}

/** A division by zero that a statement makes on purpose, to undo itself. */
export function isRefusal(error: unknown): boolean {
  return partsOf(error).code === '22012'
}
