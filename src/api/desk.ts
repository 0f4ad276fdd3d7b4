import type { Answer, Ask } from '../storage/store.ts'
import { MetricsError, statusOf } from '../errors.ts'
import type { Verdict } from './access.ts'
import { ALWAYS } from './always.ts'
import { PREFLIGHT, corsHeaders } from './cors.ts'
import { DOCS } from './docs.ts'
import { Gate } from './gate.ts'
import { joined } from './joined.ts'
import { ALLOW, FOREIGN, isForeign, READING, type Use, WRITES, WRITING } from './methods.ts'
import { originOf } from './origin.ts'
import type { ApiParts } from './parts.ts'
import { type Place, type Places, type Probe, mounted, normalise, queryOf } from './path.ts'
import { probeAnswer, wantsMore } from './probe.ts'
import { problemBody, shown } from './problem.ts'
import { type ApiRequest, type ApiResponse, header } from './request.ts'
import { CURSOR, streamed } from './streamed.ts'
import { finish } from './transport.ts'
import { within } from './within.ts'

/** What a Desk is made of. */
export interface DeskParts extends ApiParts {
  readonly places: Places
  readonly origins: ReadonlySet<string>
}

/** The routes of the data; the path itself is `snapshot`. */
export const ROUTES: readonly string[] = [
  'query',
  'endpoints',
  'costs',
  'alerts',
  'system',
  'requests',
  'errors',
  'events',
  'metrics',
  'labels',
  'export',
  'docs',
]

const DOCS_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
const RUNNING = 4
const WAITING = 16
const PATIENCE = 2000
const FLUSH_WITHIN = 500
const ANSWER_WITHIN = 20_000
/** A probe waits no longer for `authorize`: it gets the one word instead. */
const JUDGED_WITHIN = 500

/** Judges requests and has them answered. */
export class Desk {
  readonly #parts: DeskParts
  readonly #gate = new Gate(RUNNING, WAITING, PATIENCE)
  readonly #flush: () => Promise<boolean>

  constructor(parts: DeskParts) {
    this.#parts = parts
    this.#flush = joined(() => parts.flush())
  }

  /** Answers one request. Never rejects. */
  async respond(request: ApiRequest): Promise<ApiResponse> {
    const cors = corsHeaders(request, this.#parts.origins)
    try {
      return await this.#judged(request, cors)
    } catch (error) {
      this.#parts.failed?.(error)
      return this.#problem(request, shown(error), cors)
    }
  }

  async #judged(request: ApiRequest, cors: Record<string, string>): Promise<ApiResponse> {
    const place = this.#place(request)
    if (request.method === 'OPTIONS') return preflight(cors)
    if (place?.kind === 'health') return this.#probe(request, place.name, cors)
    const params = [...new URLSearchParams(queryOf(request.url))]
    const tokens = params.filter(([name]) => name === 'token')
    const token = tokens.length === 1 ? tokens[0]?.[1] : undefined
    const writes = place?.kind === 'data' && WRITES.includes(place.route)
    const verdict = await this.#parts.access.judge(request, token, writes ? 'admin' : 'read')
    if (!verdict.allowed) return this.#denied(request, verdict, cors)
    if (place === undefined || !(writes || place.route === '' || ROUTES.includes(place.route))) {
      return this.#problem(request, unknown(request), cors)
    }
    if (writes) return this.#written(request, place, params, cors)
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#wrongMethod(request, cors)
    if (place.route === 'docs')
      return finish(request, 200, { ...DOCS_HEADERS, ...cors }, new TextEncoder().encode(DOCS))
    const kept = verdict.byQuery ? params : params.filter(([name]) => name !== 'token')
    return this.#answered(request, this.#ask(request, place, kept), cors)
  }

  #written(
    request: ApiRequest,
    place: Place & { kind: 'data' },
    params: readonly (readonly [string, string])[],
    cors: Record<string, string>
  ): Promise<ApiResponse> {
    if (request.method !== 'POST') return this.#wrongMethod(request, cors, WRITING)
    if (isForeign(request)) return this.#problem(request, FOREIGN, cors)
    return this.#answered(request, this.#ask(request, place, params), cors)
  }

  #place(request: ApiRequest): Place | undefined {
    const path = normalise(request.url)
    const place = this.#parts.places.find(path)
    return place ?? (this.#parts.path === false ? mounted(path, [...ROUTES, ...WRITES]) : undefined)
  }

  #ask(request: ApiRequest, place: Place & { kind: 'data' }, params: readonly (readonly [string, string])[]): Ask {
    const accept = (header(request, 'accept') ?? '').slice(0, 1024).toLowerCase()
    const route = place.route === '' ? routeOfRoot(accept, params) : place.route
    const url = `${originOf(request)}${place.base}${place.route === '' ? '' : `/${place.route}`}`
    return { route, params, url, accept, now: this.#parts.clock.now(), facts: this.#parts.facts() }
  }

  async #answered(request: ApiRequest, ask: Ask, cors: Record<string, string>): Promise<ApiResponse> {
    const answer = await this.#gate.run(async () => {
      // A store that hangs must not hide what it holds already: the answer then lacks the last second.
      const kept = await within(this.#flush(), FLUSH_WITHIN).catch(() => false)
      const facts = kept ? ask.facts : { ...ask.facts, unkept: true }
      // What was recorded while we waited counts as before the question.
      const now = Math.max(ask.now, this.#parts.clock.now())
      return within(this.#parts.answer({ ...ask, now, facts }), ANSWER_WITHIN)
    })
    if (answer.fault !== undefined) this.#parts.failed?.(answer.fault)
    const { [CURSOR]: cursor, ...headers } = answer.headers
    if (cursor === undefined) return finish(request, answer.status, { ...headers, ...cors }, answer.body)
    const more = (at: string): Promise<Answer> =>
      this.#gate.run(() => within(this.#parts.answer({ ...ask, facts: { ...ask.facts, cursor: at } }), ANSWER_WITHIN))
    return {
      status: answer.status,
      headers: { ...ALWAYS, ...headers, ...cors },
      body: request.method === 'HEAD' ? null : streamed(answer.body, cursor, more),
    }
  }

  async #probe(request: ApiRequest, probe: Probe, cors: Record<string, string>): Promise<ApiResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#wrongMethod(request, cors)
    const whole = wantsMore(request) && (await this.#mayRead(request))
    return probeAnswer(request, await this.#parts.health(probe), whole, cors)
  }

  /** Never says why not: to a probe, the answer without is as good. */
  async #mayRead(request: ApiRequest): Promise<boolean> {
    const tokens = new URLSearchParams(queryOf(request.url)).getAll('token')
    const token = tokens.length === 1 ? tokens[0] : undefined
    const verdict = await within(this.#parts.access.judge(request, token, 'read'), JUDGED_WITHIN).catch(() => undefined)
    return verdict?.allowed === true
  }

  #denied(
    request: ApiRequest,
    verdict: Verdict & { allowed: false },
    cors: Record<string, string>
  ): Promise<ApiResponse> {
    const more: Record<string, string> = { ...cors }
    if (verdict.status === 429) more['retry-after'] = String(verdict.wait)
    // Basic lets a person in a browser type the key; before there is one, asking for it would mislead.
    const basic = this.#parts.access.configured ? ', Basic realm="metrics", charset="UTF-8"' : ''
    if (verdict.status === 401) more['www-authenticate'] = `Bearer realm="metrics"${basic}`
    return this.#problem(request, verdict.error, more, verdict.status)
  }

  #wrongMethod(request: ApiRequest, cors: Record<string, string>, use: Use = READING): Promise<ApiResponse> {
    const error = new MetricsError('method_not_allowed', use.message, { hint: use.hint })
    return this.#problem(request, error, { allow: use.allow, ...cors })
  }

  #problem(
    request: ApiRequest,
    error: MetricsError,
    headers: Readonly<Record<string, string>>,
    status: number = statusOf(error.code)
  ): Promise<ApiResponse> {
    const all: Record<string, string> = { 'content-type': 'application/json; charset=utf-8', ...headers }
    if (status === 503) all['retry-after'] = '1'
    return finish(request, status, all, problemBody(error, null))
  }
}

function preflight(cors: Record<string, string>): ApiResponse {
  const allowed = 'access-control-allow-origin' in cors ? PREFLIGHT : {}
  return { status: 204, headers: { ...ALWAYS, allow: ALLOW, ...cors, ...allowed }, body: null }
}

function unknown(request: ApiRequest): MetricsError {
  const path = normalise(request.url).slice(0, 100)
  return new MetricsError('not_found', `There is nothing at ${path}.`, {
    hint: `Below it there are: ${ROUTES.join(', ')}.`,
  })
}

/** The path itself answers a scraper in its own format; `format=` beats `Accept`; a browser gets JSON like all others. */
function routeOfRoot(accept: string, params: readonly (readonly [string, string])[]): string {
  const format = params.find(([name]) => name === 'format')?.[1]
  if (format !== undefined) return format === 'prometheus' || format === 'openmetrics' ? 'prometheus' : 'snapshot'
  const scrapes = accept.includes('application/openmetrics-text') || /text\/plain\s*;[^,]*version=/.test(accept)
  return scrapes ? 'prometheus' : 'snapshot'
}
