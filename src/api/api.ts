import type { IncomingMessage } from 'node:http'
import { Later } from '../core/later.ts'
import { ALWAYS } from './always.ts'
import { readOrigins } from './cors.ts'
import type { Desk, DeskParts } from './desk.ts'
import type { ApiParts } from './parts.ts'
import { Places, readPath } from './path.ts'
import { wantsMore, type Word, wordOf } from './probe.ts'
import { problemBody, shown } from './problem.ts'
import type { ApiRequest, ApiResponse } from './request.ts'

export type { ApiParts } from './parts.ts'
export type { ApiRequest, ApiResponse } from './request.ts'

/** Loads what answers; rejects where its file is missing. */
export type Load = () => Promise<{ readonly Desk: new (parts: DeskParts) => Desk }>

/** A request as Node gives it. */
type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers'>

/**
 * Everything between a request for one of our paths and the store's answer. Never throws into the server. What answers is
 * loaded with the first question; probes need none of it.
 */
export class Api {
  readonly #parts: ApiParts
  readonly #places: Places
  readonly #desk: Later<Desk>

  /** Throws `bad_option`. */
  constructor(parts: ApiParts, load: Load = own) {
    this.#parts = parts
    const places = new Places(readPath(parts.path, 'path'), readPath(parts.healthPath, 'healthPath'))
    const origins = readOrigins(parts.cors)
    this.#places = places
    this.#desk = new Later(async () => {
      const { Desk } = await load()
      return new Desk({ ...parts, places, origins })
    })
  }

  /** True for a request target that is ours. Costs next to nothing for the app's own. */
  handles(url: string): boolean {
    return this.#places.has(url)
  }

  /**
   * The one word for a probe that asks for no more: without waiting, unless nothing is known yet. Undefined for all
   * else, which `respond` answers, and probes that are spelled or asked oddly, too.
   */
  word({ method, url = '', headers }: Asked): Word | Promise<Word> | undefined {
    const probe = this.#places.probe(url)
    if (probe === undefined || (method !== 'GET' && method !== 'HEAD')) return undefined
    if (wantsMore({ url, headers }) || headers.origin !== undefined) return undefined
    const { accept } = headers
    const told = this.#parts.health(probe)
    return told instanceof Promise ? told.then((one) => wordOf(one, accept)) : wordOf(told, accept)
  }

  /** Answers one request. Never rejects. */
  async respond(request: ApiRequest): Promise<ApiResponse> {
    try {
      return await (await this.#desk.get()).respond(request)
    } catch (error) {
      this.#parts.failed?.(error)
      const headers = { ...ALWAYS, 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' }
      return { status: 503, headers, body: request.method === 'HEAD' ? null : problemBody(shown(error), null) }
    }
  }
}

function own(): ReturnType<Load> {
  return import('./desk.ts')
}
