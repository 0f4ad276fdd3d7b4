import { OpenedBox, pack, type Packed } from '../core/box.ts'
import { mergeBoxes } from '../core/merge.ts'
import type { Tier } from '../core/tiers.ts'
import { beyond, unfinishedIn, withUnfinished } from '../core/unfinished.ts'
import { covers } from '../core/window.ts'
import { MINUTE } from '../core/time.ts'
import type { Box } from '../storage/driver.ts'

/** A box, and what is in it. */
export interface Opened {
  readonly box: Box
  readonly opened: OpenedBox
}

const SEALED = '*'

/** Whether a box's window holds a moment. */
export function spans(box: OpenedBox, time: number): boolean {
  return box.start <= time && time < box.end
}

/** Whether a sealed box has this open one in it. */
export function holds(sealed: Opened, { box }: Opened): boolean {
  return spans(sealed.opened, box.start) && covers(sealed.opened.contents, box.writer, box.start / MINUTE)
}

/**
 * What an open box holds that no sealed one does: all of it, or nothing; or, where its writer was taken for dead and has
 * come back, what is new since.
 */
export function freshOf(one: Opened, sealed: readonly Opened[]): Opened[] {
  if (!sealed.some((known) => holds(known, one))) return [one]
  const { box } = one
  const minute = sealed.find((known) => known.box.tier === '1m' && known.box.start === box.start)
  const part = minute === undefined ? undefined : unfinishedIn(minute.opened).get(box.writer)
  if (part === undefined) return []
  const entries = beyond(one.opened, new OpenedBox(part))
  return entries.length === 0 ? [] : [{ box, opened: new OpenedBox(pack(one.opened, entries)) }]
}

/** Whether a coarser box has this window in it and no box of the tier itself does, since nothing had come: it is past. */
export function lacks(sealed: readonly Opened[], tier: Tier, start: number, end: number): boolean {
  const around = sealed.filter(({ opened }) => opened.start <= start && end <= opened.end)
  return around.length > 0 && !around.some(({ box }) => box.tier === tier)
}

/** One sealed box of all these: minutes remember what of them may yet grow. */
export function merged(tier: Tier, start: number, end: number, parts: readonly Opened[], late: readonly Opened[]): Box {
  const all = [...parts, ...late]
  const packed = mergeBoxes(
    { start, end },
    all.map(({ opened }) => opened)
  )
  return {
    tier,
    start,
    writer: SEALED,
    ...(tier === '1m' ? withUnfinished(packed, unfinishedOf(parts, late)) : packed),
  }
}

function unfinishedOf(parts: readonly Opened[], late: readonly Opened[]): Map<string, Packed> {
  const found = new Map(parts.flatMap(({ opened }) => [...unfinishedIn(opened)]))
  for (const { box, opened } of late) {
    if (opened.final) found.delete(box.writer)
    else found.set(box.writer, box)
  }
  return found
}
