import type { Batch, Box } from '../driver.ts'
import { Crate, digestOf } from './boxes.ts'
import { toldOf } from './events.ts'
import { type Keys, type Lifetimes, lifeOfAll } from './keys.ts'
import type { Argument } from './line.ts'
import { DAY } from '../../core/time.ts'

/** The version of the layout that this code reads and writes. */
export const VERSION = 1

/** Keys and arguments of a script. */
export interface Parcel {
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

/** What tells one call from another. */
export interface Call {
  readonly generation: string
  /** The generation that begins with this call, should the store be found empty. */
  readonly fresh: string
  readonly connection: string
  readonly number: number
  /** The number of the last call that was answered; 0 where that is not to be asked about. */
  readonly kept: number
  readonly lifetimes: Lifetimes
}

/** A batch as PUT takes it. */
export function putOf(batch: Batch, keys: Keys, call: Call): Parcel {
  const { boxes, names, events, claims, time } = batch
  const crate = new Crate(keys, call.lifetimes)
  const packed = boxes.flatMap((box) => crate.put(box))
  const ids = claims?.ids ?? []
  const head: Argument[] = [VERSION, call.generation, call.fresh, time, lifeOfAll(call.lifetimes)]
  const counts = [boxes.length, names.length, events.length, ids.length]
  const life = Math.ceil(call.lifetimes.events + DAY)
  const more: Argument[] = [call.connection, call.number, ...counts, claims?.owner ?? '', life, call.kept]
  const told = names.flatMap(({ id, text }): Argument[] => [id, text])
  return {
    keys: [
      ...keys.pillars,
      ...(names.length > 0 ? [keys.seen] : []),
      ...(events.length > 0 ? [keys.events, keys.eventIds, keys.eventTimes] : []),
      ...(ids.length > 0 ? [keys.claims] : []),
      ...crate.keys.keys(),
    ],
    args: [...head, ...more, ...packed, ...told, ...events.flatMap(toldOf), ...ids],
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
