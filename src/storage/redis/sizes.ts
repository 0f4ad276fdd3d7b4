import type { Size } from '../driver.ts'
import type { Boxes } from './boxes.ts'
import { type Keys, tierOf } from './keys.ts'
import { listOf } from './line.ts'
import { SIZE } from './scripts.ts'
import type { Session } from './session.ts'

/** What Redis takes beside the content for a field, an event and a claimed id: measured, bytes. */
const BESIDE = { field: 90, event: 12, claim: 210, name: 260 }

/** Open boxes of an hour that are measured, of which the others are guessed: more would hold up the server. */
const MEASURED = 300

/** What the store takes, as far as it is counted there; MEMORY USAGE would cost more and is not allowed to everybody. */
export async function measure(session: Session, keys: Keys, boxes: Boxes): Promise<Size> {
  const isOpen = ({ shelf }: { readonly shelf: string }): boolean => shelf.startsWith('o')
  const spans = (await boxes.spans()).sort((a, b) => Number(isOpen(b)) - Number(isOpen(a)))
  const all = [keys.meta, keys.events, keys.claims, keys.names, ...spans.map((stand) => keys.boxes(stand))]
  const reply = await session.run(SIZE, all, [spans.filter(isOpen).length, MEASURED])
  const [text = 0, events = 0, claims = 0, , names = 0, ...sizes] = listOf(reply).map(Number)
  const tiers: Record<string, number> = { open: 0 }
  let bytes = text + events * BESIDE.event + claims * BESIDE.claim + Math.max(0, names - 1) * BESIDE.name
  for (const [place, { shelf }] of spans.entries()) {
    const content = sizes[place * 2] ?? 0
    const tier = isOpen({ shelf }) ? 'open' : tierOf(shelf)
    tiers[tier] = (tiers[tier] ?? 0) + content
    bytes += content + (sizes[place * 2 + 1] ?? 0) * BESIDE.field
  }
  return { bytes, fileBytes: bytes, events, claims, tiers }
}
