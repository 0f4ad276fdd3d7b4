import type { Batch, Box } from '../driver.ts'
import { Crate, digestOf } from './boxes.ts'
import { runsOf } from './events.ts'
import { type Keys, type Lifetimes, lifeOfAll } from './keys.ts'
import type { Argument } from './line.ts'
import { DAY } from '../../core/time.ts'

/** Keys and arguments of a script. */
export interface Parcel {
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

/** What tells one call from another. */
export interface Call {
  readonly generation: string
  readonly connection: string
  /** The number of this call. */
  readonly number: number
  /** What the last call that was answered has left; empty where that is not to be asked about. */
  readonly seen: string
  readonly lifetimes: Lifetimes
  /** Whether the store, and its events, are to live as long from now on. */
  readonly refresh: boolean
  readonly refreshEvents: boolean
}

/** What a call leaves, by which it is known later that it was kept. */
export const markOf = ({ number }: Pick<Call, 'number'>, { time }: Batch): string => `${number} ${time}`

/** A batch as PUT takes it. */
export function putOf(batch: Batch, keys: Keys, call: Call): Parcel {
  const { boxes, names, claims } = batch
  const crate = new Crate(keys, call.lifetimes)
  const packed = boxes.flatMap((box) => crate.put(box))
  const runs = runsOf(batch.events)
  const ids = claims?.ids ?? []
  const { generation, connection, seen, lifetimes } = call
  const head: Argument[] = [generation, `c${connection}`, seen, markOf(call, batch), lifeOfAll(lifetimes)]
  const flags = [call.refresh, call.refreshEvents].map(Number)
  const counts = [names.length, runs.length, ids.length, Math.ceil(lifetimes.events + DAY), ...flags].join(' ')
  const isBare = names.length + runs.length + ids.length === 0 && !call.refresh
  const told = names.flatMap(({ id, text }): Argument[] => [id, text])
  return {
    keys: [
      ...keys.pillars,
      ...(names.length > 0 ? [keys.seen] : []),
      ...(runs.length > 0 ? [keys.events, keys.eventIds, keys.eventTimes] : []),
      ...(ids.length > 0 ? [keys.claims] : []),
      ...crate.keys.keys(),
    ],
    args: [
      ...head,
      isBare ? '' : counts,
      ...told,
      ...runs.flat(),
      ...(ids.length > 0 ? [claims?.owner ?? '', ...ids] : []),
      ...packed,
    ],
  }
}

const nameOf = (box: Box): string => `${box.tier} ${box.start} ${box.writer}`

/** A seal as SEAL takes it: what stays as it is, as sources of a coarser box do, is compared and not sent again. */
export function sealOf(next: readonly Box[], from: readonly Box[], keys: Keys, lifetimes: Lifetimes): Parcel {
  const crate = new Crate(keys, lifetimes)
  const becoming = new Set(next.map(nameOf))
  const sources = new Map(from.map((box) => [nameOf(box), digestOf(box)]))
  const gone = from.filter((box) => !becoming.has(nameOf(box)))
  const put = next.filter((box) => sources.get(nameOf(box))?.equals(digestOf(box)) !== true)
  const args: Argument[] = [
    from.length,
    gone.length,
    put.length,
    ...from.flatMap((box) => crate.compare(box)),
    ...gone.flatMap((box) => crate.drop(box)),
    ...put.flatMap((box) => crate.put(box)),
  ]
  return { keys: [keys.meta, ...crate.keys.keys()], args }
}
