import { MINUTE, SECOND } from '../core/time.ts'
import type { Point } from '../core/point.ts'
import { STORED } from '../names.ts'
import { fold } from '../query/fold.ts'
import type { Reader } from '../query/query.ts'
import type { Ask } from '../storage/store.ts'

/** Gauges are read six times a minute: who was not heard for so long has gone. */
const ALIVE = 45 * SECOND
/** For so long one that has gone is still shown, as such. */
const SHOWN = 5 * MINUTE
const MOST = 100

/** A process that records into this store, or did a moment ago. */
export interface Instance {
  readonly name: string
  readonly running: boolean
  /** When it was last heard, Unix ms. */
  readonly heard: number
  /** Seconds, as far as it has said so. */
  readonly uptime: number | null
  /** Requests in flight. */
  readonly active: number
}

/** The processes that record into this store and are alive, the one that is asked among them. */
export interface Instances {
  readonly count: number
  /** Requests in flight in all of them. */
  readonly active: number
  /** Each, and those that have ended lately; those that run first. */
  readonly each: readonly Instance[]
}

/** Who is alive, by the last readings of each; of the one that is asked, what is now. */
export async function instances(ask: Ask, reader: Reader): Promise<Instances> {
  const start = Math.floor((ask.now - SHOWN) / MINUTE) * MINUTE
  const measures = [STORED.active, STORED.uptime].map(({ name }) => {
    return { metric: name, detail: false, slots: 1, slot: () => 0, key: 'all' }
  })
  const spans = { starts: [start], ends: [Math.max(ask.now, start + 1)] }
  const { groups } = await fold({ spans, measures, labels: ['instance'], filters: [] }, reader, ask.now)
  const own = ownOf(ask)
  const others = groups.flatMap((group): Instance[] => {
    const [name, active] = [group.values[0], group.whole(0, 0)]
    if (name === own.name || typeof name !== 'string' || active === undefined) return []
    return [other(name, active, group.whole(1, 0), ask.now)]
  })
  const each = [own, ...others.filter(({ heard }) => heard >= ask.now - SHOWN)]
  const running = each.filter((one) => one.running)
  return {
    count: running.length,
    active: running.reduce((sum, one) => sum + one.active, 0),
    each: each.sort((a, b) => Number(b.running) - Number(a.running) || (a.name < b.name ? -1 : 1)).slice(0, MOST),
  }
}

/** The one that is asked, as it knows itself. */
function ownOf({ now, facts }: Ask): Instance {
  const { instance, active_requests: active, uptime_seconds: uptime } = facts
  return {
    name: String(instance),
    running: true,
    heard: now,
    uptime: typeof uptime === 'number' ? uptime : null,
    active: typeof active === 'number' ? active : 0,
  }
}

function other(name: string, active: Point, uptime: Point | undefined, now: number): Instance {
  const heard = Math.max(active.at, uptime?.at ?? -1)
  const running = heard >= now - ALIVE
  const since = uptime === undefined || uptime.at < 0 ? null : uptime.last
  // One that runs has gone on since it said so.
  const grown = since === null || !running ? since : since + Math.max(0, now - uptime!.at) / SECOND
  return { name, running, heard, uptime: grown === null ? null : Math.floor(grown), active: running ? active.last : 0 }
}
