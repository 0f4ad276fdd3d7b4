import type { Name } from '../driver.ts'
import type { Keys } from './keys.ts'
import { type Reply, listOf, textOf } from './line.ts'
import { FORGET } from './scripts.ts'
import type { Session } from './session.ts'

/** Names read at once, and forgotten by one script. */
const PAGE = { read: 1_000, forgotten: 500 }

/** All names, or those of `ids` that are kept. */
export async function* readNames(
  session: Session,
  { names }: Keys,
  ids: readonly string[] | undefined
): AsyncGenerator<Name> {
  if (ids === undefined) {
    yield* scan(session, names)
    return
  }
  for (let at = 0; at < ids.length; at += PAGE.read) {
    const some = ids.slice(at, at + PAGE.read)
    const texts = listOf(await session.send('HMGET', names, names, ...some.map((id) => `i${id}`)))
    for (const [place, id] of some.entries()) {
      const text = texts[place]
      if (text !== null && text !== undefined) yield { id, text: textOf(text) }
    }
  }
}

async function* scan(session: Session, names: string): AsyncGenerator<Name> {
  // A scan may meet the same name twice.
  const seen = new Set<string>()
  for (let cursor = '0', more = true; more;) {
    const [next, page]: readonly Reply[] = listOf(await session.send('HSCAN', names, names, cursor, 'COUNT', PAGE.read))
    const found = listOf(page).map(textOf)
    for (let at = 0; at < found.length; at += 2) {
      const field = found[at]!
      if (!field.startsWith('i') || seen.has(field)) continue
      seen.add(field)
      yield { id: field.slice(1), text: found[at + 1]! }
    }
    cursor = textOf(next)
    more = cursor !== '0'
  }
}

/** Takes what has a time before `before` from a hash and the sorted set beside it, in short steps; answers how many. */
export async function forget(
  session: Session,
  keys: readonly [hash: string, times: string],
  before: number,
  start: string
): Promise<number> {
  for (let gone = 0; ;) {
    const step = Number(await session.run(FORGET, keys, [before, PAGE.forgotten, start]))
    gone += step
    if (step < PAGE.forgotten) return gone
  }
}
