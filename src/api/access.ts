import type { Clock } from '../core/time.ts'
import type { ApiRequest } from './request.ts'
import { MetricsError } from '../errors.ts'
import { Attempts } from './attempts.ts'
import { type Key, type KeyOption, type Scope, isScope, matching, readKeys, suffices } from './keys.ts'
import { isLocal } from './local.ts'
import { header } from './request.ts'
import { within } from './within.ts'

/** Decides by the app's own sessions: true allows this request, a scope says what for; a throw or silence denies. */
export type Authorize = (request: ApiRequest) => boolean | Scope | Promise<boolean | Scope>

/** Who may ask. */
export interface AccessOptions {
  readonly keys?: string | readonly KeyOption[] | undefined
  readonly authorize?: Authorize | undefined
  /** True where NODE_ENV is `production`: then nothing is open. */
  readonly production: boolean
}

/** The outcome for one request. */
export type Verdict =
  | { readonly allowed: true; readonly by: string; readonly byQuery: boolean }
  | { readonly allowed: false; readonly status: 401 | 403 | 429; readonly error: MetricsError; readonly wait: number }

const NO_KEY = new MetricsError(
  'unauthorized',
  'No access key is configured, so only this machine may look, in development.',
  {
    hint: 'Set METRICS_KEY (or the option `keys`) to a long random string, or allow the request with the option `authorize`.',
  }
)
const DENIED = new MetricsError('unauthorized', 'This needs an access key.', {
  hint: 'Send it as `Authorization: Bearer <key>`, as `X-API-Key: <key>`, or as the password of Basic; keys are set by the option `keys`, METRICS_KEY or `authorize`.',
})
const FORBIDDEN = new MetricsError('forbidden', 'This key may not do that.', {
  hint: "Use a key whose `scope` fits: 'read' for answers, 'ingest' for sending events, 'admin' for both.",
})
const LIMITED = new MetricsError('unauthorized', 'Too many wrong keys from this address.', {
  hint: 'Wait as long as Retry-After says, then send the right key.',
})

const SILENCE = 2000
// A key this long is not found by trying, so a crowd behind one proxy address cannot lock its holder out.
const UNGUESSABLE = 20

/** Judges every request for our routes, whatever its method, before anything else looks at it. */
export class Access {
  readonly #keys: readonly Key[]
  readonly #authorize: Authorize | undefined
  readonly #production: boolean
  readonly #attempts: Attempts

  /** Throws `bad_option` naming option, value and fix. */
  constructor(options: AccessOptions, clock: Clock) {
    if (options.authorize !== undefined && typeof options.authorize !== 'function') {
      const hint = 'Give a function (request) => boolean | scope.'
      throw new MetricsError('bad_option', `Option \`authorize\` is a ${typeof options.authorize}. ${hint}`, {
        parameter: 'authorize',
        hint,
      })
    }
    this.#keys = readKeys(options.keys)
    this.#authorize = options.authorize
    this.#production = options.production
    this.#attempts = new Attempts(clock)
  }

  /** True once a key or `authorize` is configured: before that, nobody is let in from outside. */
  get configured(): boolean {
    return this.#keys.length > 0 || this.#authorize !== undefined
  }

  /** `token` is what came as `?token=`; more than one is none. */
  async judge(request: ApiRequest, token: string | undefined, needed: Scope): Promise<Verdict> {
    if (!this.#production && isLocal(request)) return { allowed: true, by: 'loopback', byQuery: false }
    const presented = credentials(request)
    const wait = this.#attempts.wait(request.peer)
    const byHeader = this.#find(presented, wait)
    const key = byHeader ?? this.#findQuery(token, wait)
    if (key !== undefined) {
      if (!suffices(key.scope, needed)) return denied(403, FORBIDDEN)
      return { allowed: true, by: key.name, byQuery: byHeader === undefined }
    }
    const scope = await this.#ask(request)
    if (scope === true || (scope !== false && suffices(scope, needed))) {
      return { allowed: true, by: 'authorize', byQuery: false }
    }
    if (scope !== false) return denied(403, FORBIDDEN)
    return this.#refuse(request.peer, presented.length > 0 || this.#listensTo(token), wait)
  }

  #find(presented: readonly string[], wait: number): Key | undefined {
    for (const one of presented) {
      const key = wait > 0 && one.length < UNGUESSABLE ? undefined : matching(this.#keys, one)
      if (key !== undefined) return key
    }
    return undefined
  }

  #findQuery(token: string | undefined, wait: number): Key | undefined {
    if (token === undefined || !this.#listensTo(token)) return undefined
    const key = this.#find([token], wait)
    return key?.query === true ? key : undefined
  }

  #listensTo(token: string | undefined): boolean {
    return token !== undefined && this.#keys.some((key) => key.query)
  }

  async #ask(request: ApiRequest): Promise<boolean | Scope> {
    if (this.#authorize === undefined) return false
    try {
      const answer: unknown = await within(Promise.resolve(this.#authorize(request)), SILENCE)
      return answer === true || isScope(answer) ? answer : false
    } catch {
      return false
    }
  }

  #refuse(peer: string, tried: boolean, wait: number): Verdict {
    if (!this.configured) return denied(401, NO_KEY)
    if (!tried) return denied(401, DENIED)
    if (wait > 0) return { allowed: false, status: 429, error: LIMITED, wait }
    this.#attempts.failed(peer)
    return denied(401, DENIED)
  }
}

function denied(status: 401 | 403, error: MetricsError): Verdict {
  return { allowed: false, status, error, wait: 0 }
}

/** The keys that came in headers: at most one of each kind. */
function credentials(request: ApiRequest): string[] {
  const found: string[] = []
  const authorization = header(request, 'authorization')?.slice(0, 8192)
  const [, scheme = '', rest = ''] = /^(\w+) +(\S+)$/.exec(authorization?.trim() ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') found.push(rest)
  if (scheme.toLowerCase() === 'basic') found.push(password(rest))
  const plain = header(request, 'x-api-key')?.trim()
  if (plain !== undefined) found.push(plain)
  return found
}

function password(basic: string): string {
  const text = Buffer.from(basic, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  return colon < 0 ? '' : text.slice(colon + 1)
}
