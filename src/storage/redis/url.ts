import { MetricsError } from '../../errors.ts'

/** One server by its name or address. */
export interface Node {
  readonly host: string
  readonly port: number
}

/** What a URL says of TLS; certificates and keys are paths of PEM files. */
export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  /** False accepts any certificate. */
  readonly verify?: boolean
}

/** Where Redis is and who we are there, as a URL says it; plain values. */
export interface Target {
  readonly kind: 'single' | 'cluster' | 'sentinel'
  /** Of a single server one; of a cluster or of Sentinel those to begin with. */
  readonly nodes: readonly Node[]
  /** A Unix socket instead of a node. */
  readonly path?: string
  /** What Sentinel calls the primary. */
  readonly name?: string
  readonly username?: string
  readonly password?: string
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
  readonly db: number
  readonly tls?: Tls
  readonly prefix?: string
}

/** Schemes that name a Redis, or what speaks like one. */
export const SCHEME: RegExp = /^(redis|rediss|valkey|valkeys)(\+cluster|\+sentinel|\+unix)?$/i

const PARAMETERS: ReadonlySet<string> = new Set(
  'prefix db ca cert key servername verify sentinel_username sentinel_password'.split(' ')
)
/** Where parameters begin. */
const QUERY = new RegExp(`\\?(?=(?:${[...PARAMETERS].join('|')})=)`)
const FORMS =
  'Write redis://user:password@host:6379/0, rediss:// for TLS, redis+cluster://host1,host2 for a cluster, ' +
  'redis+sentinel://host1,host2/name for Sentinel or redis+unix:///run/redis.sock.'

function bad(scheme: string, reason: string, hint: string = FORMS): MetricsError {
  // What follows the scheme may hold a password.
  return new MetricsError('bad_option', `Option \`storage\` is "${scheme}://…", which ${reason}. ${hint}`, {
    parameter: 'storage',
    hint,
  })
}

/** Reads a URL; throws `bad_option`, without a word of what may be secret, for one that can never work. */
export function targetOf(url: string): Target {
  const [, scheme = '', text = ''] = /^([a-z+]+):(?:\/\/)?(.*)$/is.exec(url.trim()) ?? []
  const [all = '', query = ''] = text.split(QUERY, 2)
  // Up to the last @: passwords with a slash or a question mark in them are often written as they are.
  const [, who, where = '', rest = '', strange] = /^(?:(.*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?/s.exec(all) ?? []
  const [, base = '', form = ''] = SCHEME.exec(scheme) ?? []
  if (base === '') throw bad('redis', 'is no URL of Redis')
  const parameters = parametersOf(scheme, query === '' ? (strange ?? '') : query)
  const given = parameters.get('prefix')
  const more = {
    ...credentials(who),
    ...(given === undefined ? {} : { prefix: given }),
    ...tlsOf(base, parameters),
  }
  if (form.toLowerCase() === '+unix') {
    const path = `/${decoded(rest)}`
    if (where !== '' || path === '/') throw bad(scheme, 'names no socket', 'Write redis+unix:///run/redis.sock.')
    return { kind: 'single', nodes: [], path, db: dbOf(scheme, parameters.get('db') ?? ''), ...more }
  }
  return { ...placed(scheme, form.slice(1).toLowerCase(), where, decoded(rest), parameters), ...more }
}

function placed(
  scheme: string,
  form: string,
  where: string,
  rest: string,
  parameters: ReadonlyMap<string, string>
): Pick<Target, 'kind' | 'nodes' | 'name' | 'db'> {
  const nodes = nodesOf(scheme, where, form === 'sentinel' ? 26_379 : 6_379)
  if (form === 'sentinel') {
    const [name = '', db = parameters.get('db') ?? ''] = rest.split('/')
    if (name === '') throw bad(scheme, 'does not name the primary', 'Write redis+sentinel://host1,host2/name.')
    const [username, password] = [parameters.get('sentinel_username'), parameters.get('sentinel_password')]
    const who = {
      ...(username === undefined ? {} : { sentinelUsername: username }),
      ...(password === undefined ? {} : { sentinelPassword: password }),
    }
    return { kind: 'sentinel', nodes, name, db: dbOf(scheme, db), ...who }
  }
  const db = dbOf(scheme, rest.replace(/\/$/, '') || (parameters.get('db') ?? ''))
  if (form === 'cluster' && db !== 0) throw bad(scheme, `asks for database ${db}`, 'A cluster has database 0 only.')
  if (form === '' && nodes.length > 1) {
    throw bad(scheme, 'names several servers', 'Write redis+cluster:// for a cluster, redis+sentinel:// for Sentinel.')
  }
  return { kind: form === 'cluster' ? 'cluster' : 'single', nodes, db }
}

function nodesOf(scheme: string, where: string, port: number): Node[] {
  return (where === '' ? 'localhost' : where).split(',').map((text) => {
    const [, address, name, given] = /^(?:\[([0-9a-f:.%]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text.trim()) ?? []
    const host = address ?? name
    if (host === undefined || Number(given ?? port) > 65_535) throw bad(scheme, 'has a host that cannot be')
    return { host, port: Number(given ?? port) }
  })
}

function dbOf(scheme: string, text: string): number {
  if (text === '') return 0
  if (!/^\d{1,5}$/.test(text)) throw bad(scheme, 'has a database that is no number', 'Write redis://host:6379/0.')
  return Number(text)
}

function credentials(who: string | undefined): Pick<Target, 'username' | 'password'> {
  if (who === undefined) return {}
  const colon = who.indexOf(':')
  const username = decoded(colon < 0 ? who : who.slice(0, colon))
  const password = colon < 0 ? '' : decoded(who.slice(colon + 1))
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) }
}

function parametersOf(scheme: string, query: string): Map<string, string> {
  const parameters = new Map(new URLSearchParams(query.replace(/#.*$/s, '')))
  for (const key of parameters.keys()) {
    if (PARAMETERS.has(key)) continue
    const name = /^[a-z_]{1,20}$/i.test(key) ? `'${key}'` : 'that is not known'
    throw bad(scheme, `has a parameter ${name}`, `Known are: ${[...PARAMETERS].join(', ')}.`)
  }
  return parameters
}

function tlsOf(base: string, parameters: ReadonlyMap<string, string>): { tls?: Tls } {
  if (!base.toLowerCase().endsWith('s') || base.toLowerCase() === 'redis') return {}
  const files = ['ca', 'cert', 'key', 'servername'].flatMap((key) => {
    const value = parameters.get(key)
    return value === undefined ? [] : [[key, value]]
  })
  const verify = parameters.get('verify')
  const lax = verify !== undefined && ['no', 'false', '0', 'off'].includes(verify.toLowerCase())
  return { tls: { ...(Object.fromEntries(files) as Tls), ...(lax ? { verify: false } : {}) } }
}

/** A password with a bare % in it is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
