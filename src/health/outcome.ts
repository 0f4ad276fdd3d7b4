import { type CheckResult, type Status } from './check.ts'

/** A result as it is kept. */
export interface Outcome {
  readonly status: Status
  /** One word without any address in it; null where all is well. */
  readonly code: string | null
  /** For the log only. */
  readonly text: string
  readonly value: number | null
  readonly unit: string | null
}

const WORDS: ReadonlyMap<unknown, Status> = new Map([
  ['pass', 'pass'],
  ['ok', 'pass'],
  ['up', 'pass'],
  ['pong', 'pass'],
  ['warn', 'warn'],
  ['fail', 'fail'],
  ['error', 'fail'],
  ['down', 'fail'],
])

/** A result of our own making. */
export function outcome(status: Status, code: string | null, text: string = ''): Outcome {
  return { status, code, text, value: null, unit: null }
}

/** What a check has given back. */
export function outcomeOf(value: unknown): Outcome {
  if (value === undefined || value === true) return outcome('pass', null)
  if (value === false) return outcome('fail', 'false', 'it gave false')
  if (typeof value === 'string') return ofWord(value)
  if (typeof value === 'object' && value !== null) return ofObject(value)
  return outcome('fail', 'bad_result', `it gave ${typeof value}, which says neither pass nor fail`)
}

/** What a check has thrown. */
export function outcomeOfError(error: unknown): Outcome {
  return outcome('fail', codeOf(error), textOf(error))
}

function ofWord(word: string): Outcome {
  const status = WORDS.get(word.toLowerCase())
  return status === undefined
    ? outcome('fail', 'bad_result', 'it gave a text that says neither pass nor fail')
    : outcome(status, status === 'pass' ? null : status)
}

function ofObject(given: object): Outcome {
  const { status, ok } = given as { status?: unknown; ok?: unknown }
  // A response of fetch: its body would keep the connection.
  if (typeof status === 'number') return ofHttp(given, status)
  if (typeof status === 'string') return ofResult(given, status)
  // MongoDB's replies say ok: 0 for what went wrong. Rows, documents and lists are answers, so they pass.
  return ok === false || ok === 0 ? outcome('fail', 'failed', 'it gave ok: false') : outcome('pass', null)
}

function ofHttp(given: object, status: number): Outcome {
  const { body } = given as { body?: { cancel?: () => Promise<unknown> } | null }
  if (typeof body?.cancel === 'function') void Promise.resolve(body.cancel()).catch(() => undefined)
  return status >= 200 && status < 300 ? outcome('pass', null) : outcome('fail', httpCode(status))
}

/** The code of an HTTP status that was not wanted. */
export function httpCode(status: number): string {
  return `http_${status}`
}

function ofResult(given: Partial<CheckResult>, word: string): Outcome {
  const status = WORDS.get(word.toLowerCase())
  if (status === undefined) return outcome('fail', 'bad_result', 'its status is none of pass, warn and fail')
  const { code, message, value, unit } = given
  return {
    status,
    code: isCode(code) ? code : status === 'pass' ? null : status,
    text: typeof message === 'string' ? message : '',
    value: typeof value === 'number' && Number.isFinite(value) ? value : null,
    unit: typeof unit === 'string' && /^[\w%/ ]{1,16}$/.test(unit) ? unit : null,
  }
}

// One word of bounded length: an address or a sentence is none.
function isCode(code: unknown): code is string {
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,48}$/.test(code)
}

const DEPTH = 4
// Redis puts its code first in the message: `LOADING Redis is loading the dataset in memory`.
const REDIS =
  /^(LOADING|READONLY|MASTERDOWN|NOAUTH|WRONGPASS|NOPERM|OOM|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|NOREPLICAS)\b/

// What drivers say without a code.
const TOO_LATE = /^(timeout exceeded when|query read timeout|command timed out|connection terminated due to conn)/i
const GONE =
  /^(connection (terminated|is closed|lost)|client (has encountered a connection|was closed)|cannot use a pool after|pool is closed|the client is (closed|offline)|socket closed|stream isn't writeable|can't add new command|(the )?database (connection )?is not open)/i

/** The code that an error goes out with: the driver's own (`ECONNREFUSED`, `57P03`, `ER_ACCESS_DENIED_ERROR`), never its text. */
export function codeOf(error: unknown): string {
  let at = error
  for (let depth = 0; depth < DEPTH && typeof at === 'object' && at !== null; depth++) {
    const { code, name, message, cause } = at as { code?: unknown; name?: unknown; message?: unknown; cause?: unknown }
    if (name === 'TimeoutError') return 'timeout'
    // Says that it was given up; the cause says why.
    if (name === 'AbortError' && cause !== undefined) {
      at = cause
      continue
    }
    if (typeof code === 'string' && /^[A-Z0-9][A-Z0-9_]{1,47}$/.test(code)) return code
    const word = typeof message === 'string' ? wordOf(message) : undefined
    if (word !== undefined) return word
    if (cause === undefined && typeof name === 'string' && /^[A-Z][A-Za-z]{2,40}Error$/.test(name)) return name
    at = cause
  }
  return 'failed'
}

function wordOf(message: string): string | undefined {
  if (TOO_LATE.test(message)) return 'timeout'
  return GONE.test(message) ? 'disconnected' : REDIS.exec(message)?.[1]
}

/** What an error says, with its causes; whatever was thrown, it throws nothing. */
export function textOf(error: unknown): string {
  const parts: string[] = []
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < DEPTH; depth++) {
    parts.push(saidBy(at))
    at = at instanceof Error ? at.cause : undefined
  }
  return parts.join(': ').slice(0, 500)
}

function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : `a thrown ${typeof error}`
  // A host with several addresses fails once for each, and says nothing itself.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return error.message || (first instanceof Error && first.message) || error.name
}
