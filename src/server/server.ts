import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiResponse } from '../api/request.ts'
import { asked } from './bridge.ts'
import type { Seen } from './framework.ts'
import { type Hub, hub } from './hub.ts'
import type { Shut } from './servers.ts'
import { type Context, contextOf } from './target.ts'
import { Watch, type Watched } from './watch.ts'

/** What can be done with an app that is watched. Nothing here throws. */
export interface Attachment {
  /** Counts no more. */
  readonly detach: () => void
  /** From now on responses close their connections. */
  readonly drain: () => void
  /** True while one of its servers listens. */
  readonly serves: () => boolean
  /** Its servers take no more connections. */
  readonly shut: () => Promise<Shut>
}

const NOTHING: Attachment = {
  detach: () => undefined,
  drain: () => undefined,
  serves: () => false,
  shut: () => Promise.resolve({ open: () => Promise.resolve(0), release: () => Promise.resolve() }),
}

/** Begins to count an app's requests and to answer our routes. Never throws. */
export function attach(watched: Watched): Attachment {
  try {
    const shared = hub()
    let unfollow: () => void = () => undefined
    const watch = new Watch(watched, () => {
      shared.detach(watch)
      try {
        unfollow()
        watched.left?.()
      } catch (error) {
        watched.fault(error)
      }
    })
    shared.attach(watch)
    unfollow = watched.framework.follow(new Following(shared, watch, watched))
    return {
      detach: () => watch.detach(),
      drain: () => {
        watch.draining = true
        shared.drain()
      },
      serves: () => shared.serves(watch),
      shut: () => shared.shut(watch),
    }
  } catch (error) {
    watched.fault(error)
    return NOTHING
  }
}

class Following implements Seen {
  readonly #hub: Hub
  readonly #watch: Watch
  readonly #watched: Watched

  constructor(shared: Hub, watch: Watch, watched: Watched) {
    this.#hub = shared
    this.#watch = watch
    this.#watched = watched
  }

  handled(request: IncomingMessage, response: ServerResponse): boolean {
    const context = this.#hub.claim(contextOf(response), this.#watch)
    if (context === undefined || !this.answers(context, request.url ?? '')) return false
    this.#watch.serve(request, response)
    return true
  }

  current(): Context | undefined {
    return this.#hub.claim(this.#hub.current, this.#watch)
  }

  within<T>(response: unknown, work: () => T): T {
    const before = this.#hub.current
    this.#hub.current = contextOf(response) ?? before
    try {
      return work()
    } finally {
      this.#hub.current = before
    }
  }

  answers(context: Context, url: string): boolean {
    if (!this.#watch.serves(url)) return false
    context.done = true
    context.response = undefined
    this.#watch.left(context)
    return true
  }

  respond(request: IncomingMessage): Promise<ApiResponse> {
    return this.#watched.api!.respond(asked(request))
  }

  fault(error: unknown): void {
    this.#watched.fault(error)
  }
}
