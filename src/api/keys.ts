import { createHash, timingSafeEqual } from 'node:crypto'
import { told } from '../core/told.ts'
import { MetricsError } from '../errors.ts'

/** What a key may do: `read` answers, `ingest` sends events and reads nothing, `admin` does both. */
export type Scope = 'read' | 'ingest' | 'admin'

/** One access key as it is configured: `key` in plain text or `sha256:<hex>`, or its digest as `sha256`. */
export interface KeyOption {
  readonly name?: string
  readonly key?: string
  readonly sha256?: string
  /** `read` unless said. */
  readonly scope?: Scope
  /** Lets this key be sent as `?token=`; only with scope `read`. */
  readonly query?: boolean
}

/** A key as it is held: the digest only. */
export interface Key {
  readonly name: string
  readonly digest: Buffer
  readonly scope: Scope
  readonly query: boolean
}

/** Nothing longer is hashed for a stranger, so nothing longer can be a key. */
export const LONGEST = 4096

const SCOPES: readonly unknown[] = ['read', 'ingest', 'admin']
const FIELDS: readonly string[] = ['name', 'key', 'sha256', 'scope', 'query']

/** Reads the option `keys`. A lone string is an admin's: one key, everything. Throws `bad_option`. */
export function readKeys(option: string | readonly KeyOption[] | undefined): readonly Key[] {
  if (option === undefined) return []
  if (typeof option === 'string') return [readKey({ name: 'key', key: option, scope: 'admin' }, 'keys')]
  if (!Array.isArray(option)) throw bad('keys', `is a ${typeof option}`, 'Give a string, or [{ name, key, scope }].')
  if (option.length === 0) throw bad('keys', 'is an empty list', 'Leave it out, or give at least one key.')
  return option.map((one: KeyOption, index) => readKey(one, `keys[${index}]`))
}

function readKey(option: KeyOption, where: string): Key {
  if (typeof option !== 'object' || option === null) {
    // What it is may be the key itself, which no log must hold.
    throw bad(
      where,
      `is ${option === null ? 'null' : `a ${typeof option}`}`,
      "Give an object: { name: 'retool', key: '…', scope: 'read' }."
    )
  }
  const strange = Object.keys(option).find((field) => !FIELDS.includes(field))
  if (strange !== undefined) throw bad(where, `has the field ${told(strange)}`, `Known are: ${FIELDS.join(', ')}.`)
  const { name = where, key, sha256, scope = 'read', query = false } = option
  if ((key === undefined) === (sha256 === undefined)) {
    throw bad(where, 'needs one of `key` and `sha256`', "Write { key: '…' } or { sha256: '<64 hex digits>' }.")
  }
  if (!SCOPES.includes(scope)) {
    throw bad(`${where}.scope`, `is ${told(scope)}`, "Choose 'read', 'ingest' or 'admin'.")
  }
  if (typeof query !== 'boolean') throw bad(`${where}.query`, `is ${told(query)}`, 'Give true or false.')
  if (query && scope !== 'read') {
    throw bad(`${where}.query`, `is set on scope '${scope}'`, "Only a key of scope 'read' may travel in a URL.")
  }
  return { name, digest: key === undefined ? hex(`${sha256}`, `${where}.sha256`) : plain(key, where), scope, query }
}

function plain(key: unknown, where: string): Buffer {
  if (typeof key !== 'string') throw bad(where, `is a ${typeof key}`, 'Give a string.')
  const text = key.trim()
  if (text === '') throw bad(where, 'is an empty key', 'Set METRICS_KEY (or `keys`) to a long random string.')
  if (text.startsWith('sha256:')) return hex(text.slice(7), where)
  if (text.length > LONGEST) throw bad(where, `has ${text.length} characters`, `Use at most ${LONGEST}.`)
  // Other characters do not survive HTTP headers, so such a key could never be sent.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw bad(where, 'has characters other than printable ASCII', 'Use letters, digits and punctuation, no spaces.')
  }
  return digest(text)
}

function hex(text: string, where: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  throw bad(where, 'is no SHA-256', 'Give 64 hex digits: printf %s "$KEY" | sha256sum')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The key that `presented` is. Takes the same time whichever it is, or none. */
export function matching(keys: readonly Key[], presented: string): Key | undefined {
  if (presented === '' || presented.length > LONGEST) return undefined
  const seen = digest(presented)
  let found: Key | undefined
  for (const key of keys) if (timingSafeEqual(key.digest, seen)) found = key
  return found
}

/** True where a holder of `has` may do what needs `needed`. */
export function suffices(has: Scope, needed: Scope): boolean {
  return has === 'admin' || has === needed
}

/** True for one of the three scopes. */
export function isScope(value: unknown): value is Scope {
  return SCOPES.includes(value)
}

function bad(option: string, problem: string, fix: string): MetricsError {
  return new MetricsError('bad_option', `Option \`${option}\` ${problem}. ${fix}`, { parameter: option, hint: fix })
}
