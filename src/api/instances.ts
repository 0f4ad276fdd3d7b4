import { MINUTE, SECOND } from '../core/time.ts'
import { STORED } from '../names.ts'
import { fold } from '../query/fold.ts'
import type { Reader } from '../query/query.ts'
import type { Ask } from '../storage/store.ts'

/** Gauges are read six times a minute: who was not heard for so long has gone. */
const ALIVE = 45 * SECOND

/** The processes that record into this store and are alive, the one that is asked among them. */
export interface Instances {
  readonly count: number
  /** Requests in flight in all of them. */
  readonly active: number
}

/** Who is alive, by the last readings of each; of the one that is asked, what is now. */
export async function instances(ask: Ask, reader: Reader): Promise<Instances> {
  const start = Math.floor((ask.now - ALIVE) / MINUTE) * MINUTE
  const measure = { metric: STORED.active.name, detail: false, slots: 1, slot: () => 0, key: 'all' }
  const spans = { starts: [start], ends: [Math.max(ask.now, start + 1)] }
  const { groups } = await fold({ spans, measures: [measure], labels: ['instance'], filters: [] }, reader, ask.now)
  const { instance, active_requests: own } = ask.facts
  let [count, active] = [1, typeof own === 'number' ? own : 0]
  for (const group of groups) {
    const point = group.whole(0, 0)
    if (group.values[0] === instance || point === undefined || point.at < ask.now - ALIVE) continue
    count++
    active += point.last
  }
  return { count, active }
}
