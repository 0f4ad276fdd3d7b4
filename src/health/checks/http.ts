import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { CheckFunction } from '../check.ts'
import { httpCode } from '../outcome.ts'
import { refuse, refuseUnknown, shown } from '../refuse.ts'

/** Something that this process needs and reaches by HTTP: `{ http: 'https://rates.example/ping' }`. */
export interface HttpTarget {
  readonly http: string | URL
  /** The statuses that pass. Default 200 to 299: a redirect is not followed, it may lead to a login page that is fine. */
  readonly expect?: number | readonly number[]
  /** Default `GET`: not every server knows HEAD. What is sent is not read, or given up where it is long. */
  readonly method?: 'GET' | 'HEAD'
}

/** A body up to this long is left to run out, so that its connection can be used again; longer, it is cut. */
const SHORT = 16_384

/** One request on a connection that is kept. Throws `bad_option`. */
export function httpCheck(where: string, target: HttpTarget): CheckFunction {
  refuseUnknown(where, target, ['http', 'expect', 'method'])
  const url = urlOf(`${where}: http`, target.http)
  const expected = expectedOf(`${where}: expect`, target.expect)
  const { method = 'GET' } = target
  if (method !== 'GET' && method !== 'HEAD')
    refuse(`${where}: method`, `is ${shown(method)}`, "Choose 'GET' or 'HEAD'.")
  return async (signal) => {
    const status = await asked(url, { method, signal })
    const passes = expected === undefined ? status >= 200 && status < 300 : expected.has(status)
    return passes ? true : { status: 'fail', code: httpCode(status) }
  }
}

async function asked(url: URL, options: RequestOptions): Promise<number> {
  const request = begun(url, options)
  try {
    return await statusOf(request)
  } catch (error) {
    // The other side has closed a connection that was kept while we asked: nothing is wrong with it.
    if (!request.reusedSocket || options.signal?.aborted === true) throw error
    return statusOf(begun(url, options))
  }
}

/** Connections for checks alone, kept by protocol: the app's own may be all in use, or be swapped for a test's. */
const agents = new Map<string, Agent>()

function begun(url: URL, options: RequestOptions): ClientRequest {
  // Not imported: an import of node:http loads much that most apps never use.
  const net = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const agent = agents.get(url.protocol) ?? new net.Agent({ keepAlive: true })
  agents.set(url.protocol, agent)
  const headers = { accept: '*/*', 'user-agent': 'pocketmetrics' }
  const request = net.request(url, { ...options, agent, headers })
  // A check must not keep a process that has nothing else to do.
  request.on('socket', (socket) => socket.unref())
  return request
}

function statusOf(request: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', (response) => {
      const status = response.statusCode ?? 0
      response.on('error', reject)
      response.on('close', () => resolve(status))
      if (isShort(response, request.method)) response.resume()
      else response.destroy()
    })
    request.end()
  })
}

function isShort({ headers, statusCode }: IncomingMessage, method: string): boolean {
  return method === 'HEAD' || statusCode === 204 || statusCode === 304 || Number(headers['content-length']) <= SHORT
}

function urlOf(option: string, given: unknown): URL {
  const text = given instanceof URL ? given.href : given
  if (typeof text === 'string' && /^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text)
  // Not shown: it may hold a password.
  return refuse(option, 'is no URL of http: or https:', "Give one such as 'https://rates.example/ping'.")
}

function expectedOf(option: string, given: unknown): ReadonlySet<number> | undefined {
  if (given === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const isStatus = (one: unknown): boolean => Number.isInteger(one) && (one as number) >= 200 && (one as number) <= 599
  if (list.length > 0 && list.every(isStatus)) return new Set(list as number[])
  return refuse(option, 'is no list of statuses', 'Give a status from 200 to 599, or a list such as [200, 401].')
}
