import { type Code, MetricsError } from '../../errors.ts'

interface Fault {
  readonly pattern: RegExp
  readonly code: Code
  readonly problem: string
  readonly hint: string
  /** The connection is of no more use: the next call begins with a new one. */
  readonly breaks?: boolean
}

const ACL = 'ACL SETUSER name on >password ~pocketmetrics:* +@read +@write +@scripting +@connection +time'
const WAIT = 'nothing to do: it is tried again'

/** What servers and sockets say (older ones with the place in a script before it), what it means, and what to do about it. The first that fits is taken. */
const FAULTS: readonly Fault[] = [
  fault(
    /\bNOAUTH\b|HELLO must be called|unauthenticated/,
    'storage_unwritable',
    'asks for a password',
    'write user:password@ before the host in the URL',
    true
  ),
  fault(
    /\bWRONGPASS\b|invalid (username-)?password|AUTH.*(called|failed)/i,
    'storage_unwritable',
    'refuses the user or the password',
    'correct them in the URL, before the @',
    true
  ),
  fault(
    /\bNOPERM\b|can't (run|access)/,
    'storage_unwritable',
    'does not allow this user a command or a key',
    `allow it: ${ACL}`
  ),
  fault(
    /\bREADONLY\b/,
    'storage_readonly',
    'is a replica, which takes no writes',
    'name the primary, or let Sentinel find it: redis+sentinel://host/name',
    true
  ),
  fault(/\bLOADING\b/, 'storage_busy', 'is still loading its data', WAIT),
  fault(/\b(BUSY|TRYAGAIN|UNKILLABLE)\b/, 'storage_busy', 'is busy', WAIT),
  fault(
    /\b(CLUSTERDOWN|MASTERDOWN|NOREPLICAS)\b/,
    'storage_busy',
    'is not complete: nodes are missing',
    'look at CLUSTER INFO or at the replicas'
  ),
  fault(/^(MOVED|ASK|CROSSSLOT) |cluster mode/i, 'storage_failed', 'is a cluster', 'write redis+cluster://host1,host2'),
  fault(
    /\bOOM\b|maxmemory/,
    'storage_full',
    'is out of memory',
    'raise maxmemory, or keep less: options retention and maxSize'
  ),
  fault(
    /\bMISCONF\b|^ERR.*persist/i,
    'storage_full',
    'cannot write to its disk and takes no writes',
    'free some space there'
  ),
  fault(
    /\bWRONGTYPE\b/,
    'storage_failed',
    'has keys of another program under our prefix',
    'choose another one: redis://host?prefix=my-app'
  ),
  fault(/unknown command.*eval|NOSCRIPT/i, 'storage_unwritable', 'does not run scripts', 'allow EVAL and EVALSHA'),
  fault(/max number of clients/i, 'storage_busy', 'has too many connections', 'raise maxclients', true),
  fault(
    /DB index is out of range|SELECT is not allowed/i,
    'storage_unwritable',
    'does not have this database',
    'leave the number out of the URL',
    true
  ),
  fault(
    /TLS handshake|WRONG_VERSION_NUMBER|wrong version number|packet length too long|EPROTO/i,
    'storage_failed',
    'does not speak TLS at this port',
    'write redis:// in place of rediss://, or name the port for TLS',
    true
  ),
  fault(
    /SELF_SIGNED|self[- ]signed|UNABLE_TO_(VERIFY|GET)|unable to (verify|get)/i,
    'storage_failed',
    'shows a certificate of an authority that is not known',
    'name its file: rediss://host?ca=/path/ca.pem',
    true
  ),
  fault(
    /ALTNAME|altnames|CERT_HAS_EXPIRED|certificate has expired|CERT_/i,
    'storage_failed',
    'shows a certificate that is not valid for it',
    'correct it, or say servername= in the URL',
    true
  ),
  fault(
    /certificate required|bad certificate|handshake failure/i,
    'storage_failed',
    'asks for a certificate of ours',
    'name its files: rediss://host?cert=/path/cert.pem&key=/path/key.pem',
    true
  ),
  fault(/ENOTFOUND|EAI_AGAIN/, 'storage_failed', 'has a name that is not found', 'look at the host in the URL', true),
  fault(
    /ECONNREFUSED|ENOENT|EHOSTUNREACH|ENETUNREACH|EACCES/,
    'storage_failed',
    'cannot be reached',
    'start it, or look at host and port in the URL',
    true
  ),
  fault(
    /sentinels are unreachable|sentinel/i,
    'storage_failed',
    'is not known to any Sentinel that answers',
    'look at the hosts and the name in the URL',
    true
  ),
  fault(
    /slots cache|None of startup nodes|cluster/i,
    'storage_failed',
    'is a cluster of which no node answers, or is none',
    'look at the hosts in the URL; redis:// is a single server',
    true
  ),
  fault(/ETIMEDOUT|timed? ?out/i, 'storage_timeout', 'does not answer', 'look at its load, and at the network', true),
  fault(
    /Protocol error, got|closed|ECONNRESET|EPIPE|writeable|disconnect|socket/i,
    'storage_failed',
    'has closed the connection',
    'look whether it runs; one that wants TLS is written rediss://',
    true
  ),
]

function fault(pattern: RegExp, code: Code, problem: string, hint: string, breaks: boolean = false): Fault {
  return { pattern, code, problem, hint, breaks }
}

/** What an error says, those inside it included. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, lastNodeError, cause, errors } = error as Error &
    Record<'code' | 'lastNodeError', unknown> & { errors?: unknown }
  const inner = [lastNodeError, cause, ...(Array.isArray(errors) ? (errors as unknown[]).slice(0, 3) : [])]
  const more = inner.filter((each) => each instanceof Error && each !== error).map(saidBy)
  return [...more, error.message, typeof code === 'string' ? code : ''].filter((text) => text !== '').join('; ')
}

function find(error: unknown): Fault | undefined {
  const said = saidBy(error)
  return (
    FAULTS.find(({ pattern }) => pattern.test(said)) ??
    FAULTS.find(({ pattern }) => said.split('; ').some((text) => pattern.test(text)))
  )
}

/** An error of a server, a client or a socket as a MetricsError; no address and no password is in its message. */
export function faultOf(error: unknown): MetricsError {
  if (error instanceof MetricsError) return error
  const found = find(error)
  if (found !== undefined) {
    return new MetricsError(found.code, `Redis ${found.problem}`, { cause: error, hint: found.hint })
  }
  const said = error instanceof Error ? error.message : String(error)
  return new MetricsError('storage_failed', `Redis: ${said.slice(0, 200)}`, {
    cause: error,
    hint: 'see the log of the server',
  })
}

/** After such an error the connection is not to be used again. */
export function breaksLine(error: unknown): boolean {
  return !(error instanceof MetricsError) && find(error)?.breaks === true
}

/** The script is not known to the server, which forgets them when it starts. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
