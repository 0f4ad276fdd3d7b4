/** How a connection is encrypted, in the words of PostgreSQL's own clients. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full'

/** What a storage URL of PostgreSQL says; what it leaves out comes from PGHOST, PGUSER and so on. */
export interface Address {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  readonly schema: string | undefined
  /** Undefined: as PGSSLMODE says, or none. */
  readonly ssl: SslMode | undefined
  /** Files with certificates. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/** The modes of libpq; `allow` and `prefer` leave the choice to the server, so a server that wants none gets none. */
const MODES: ReadonlyMap<string, SslMode> = new Map([
  ['disable', 'disable'],
  ['allow', 'disable'],
  ['prefer', 'disable'],
  ['require', 'require'],
  ['no-verify', 'require'],
  ['verify-ca', 'verify-ca'],
  ['verify-full', 'verify-full'],
])

/** Whether this can be the name of a schema without surprises in any tool. */
export function isSchema(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name) && !/^pg_/i.test(name)
}

/** A URL that cannot be read: `problem` and `fix` are halves of a sentence without any of the URL in them. */
export interface Misread {
  readonly problem: string
  readonly fix: string
}

/** Reads `postgres://user:password@host:port/database?sslmode=require&schema=name`. */
export function addressOf(url: string): Address | Misread {
  const read = parsed(url)
  if (read === undefined) {
    return {
      problem: 'cannot be read',
      fix: 'write postgres://user:password@host:5432/database, with %23 for # and %2F for / in the password',
    }
  }
  if (read.hash !== '') return { problem: 'has a # in it', fix: 'write %23 for a # in the password' }
  const asked = (key: string): string | undefined => read.searchParams.get(key) || undefined
  const mode = asked('sslmode') ?? (asked('ssl') === 'true' ? 'require' : undefined)
  const ssl = mode === undefined ? undefined : MODES.get(mode)
  const schema = asked('schema')
  if (mode !== undefined && ssl === undefined) {
    return { problem: 'has an sslmode that is not known', fix: `use one of ${[...MODES.keys()].join(', ')}` }
  }
  if (schema !== undefined && !isSchema(schema)) {
    return { problem: 'names a schema that cannot be', fix: 'use letters, digits and _ for the name of the schema' }
  }
  return {
    host: asked('host') ?? plain(read.hostname.replace(NOBODY, '').replace(/^\[(.*)\]$/, '$1')),
    port: read.port === '' ? Number(asked('port') ?? 0) || undefined : Number(read.port),
    user: plain(read.username) ?? asked('user'),
    password: plain(read.password) ?? asked('password'),
    database: plain(read.pathname.replace(/^\//, '')) ?? asked('dbname'),
    schema,
    ssl,
    ca: asked('sslrootcert'),
    cert: asked('sslcert'),
    key: asked('sslkey'),
  }
}

const NOBODY = 'no-host.invalid'

/** Up to the last @, because passwords with a slash or an @ in them are often written as they are. */
function tidied(url: string): string {
  const [, scheme = '', who, where = url] = /^(\w+:\/\/)(?:(.*)@)?([^@]*)$/s.exec(url) ?? []
  if (who === undefined) return url
  const escaped = who.replaceAll(/[/?#@[\] ]|%(?![0-9a-f]{2})/gi, encodeURIComponent)
  // A URL with a user and no host, for a socket, is none to the parser.
  return `${scheme}${escaped}@${/^([/?]|$)/.test(where) ? NOBODY : ''}${where}`
}

function parsed(url: string): URL | undefined {
  try {
    const read = new URL(tidied(url.trim()))
    plain(read.username + read.password + read.pathname)
    return read
  } catch {
    return undefined
  }
}

function plain(text: string): string | undefined {
  return text === '' ? undefined : decodeURIComponent(text)
}

/** Whether `addressOf` could not read. */
export function isMisread(read: Address | Misread): read is Misread {
  return 'problem' in read
}
