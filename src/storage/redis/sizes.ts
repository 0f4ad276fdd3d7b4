import type { Size } from '../driver.ts'
import type { Boxes } from './boxes.ts'
import { type Keys, tierOf } from './keys.ts'
import { listOf } from './line.ts'
import { SIZE } from './scripts.ts'
import type { Session } from './session.ts'

/** What Redis takes beside the content for a field, an event and a claimed id: measured, bytes. */
const BESIDE = { field: 90, event: 12, claim: 210, name: 260 }

/** What the store takes, as far as it is counted there; MEMORY USAGE would cost more and is not allowed to everybody. */
export async function measure(session: Session, keys: Keys, boxes: Boxes): Promise<Size> {
  const spans = await boxes.spans()
  const all = [keys.meta, keys.events, keys.claims, keys.names, ...spans.map((stand) => keys.boxes(stand))]
  const [text = 0, events = 0, claims = 0, , names = 0, ...sizes] = listOf(await session.run(SIZE, all, [])).map(Number)
  const tiers: Record<string, number> = { open: 0 }
  let bytes = text + events * BESIDE.event + claims * BESIDE.claim + Math.max(0, names - 1) * BESIDE.name
  for (const [place, { shelf }] of spans.entries()) {
    const content = sizes[place * 2] ?? 0
    const tier = shelf.startsWith('o') ? 'open' : tierOf(shelf)
    tiers[tier] = (tiers[tier] ?? 0) + content
    bytes += content + (sizes[place * 2 + 1] ?? 0) * BESIDE.field
  }
  return { bytes, fileBytes: bytes, events, claims, tiers }
}
