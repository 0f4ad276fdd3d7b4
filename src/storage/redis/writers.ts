import { listOf, type Reply, textOf } from './line.ts'
import { SWEEP } from './scripts.ts'
import type { Session } from './session.ts'

/** Writers looked at by one command. */
const PAGE = 500

/** Forgets writers and connections last heard of before `before`, in short steps. */
export async function sweepWriters(session: Session, writers: string, before: number): Promise<void> {
  for (let cursor = '0', more = true; more;) {
    const [next, page]: readonly Reply[] = listOf(await session.send('HSCAN', writers, writers, cursor, 'COUNT', PAGE))
    const found = listOf(page).map(textOf)
    const old = found.flatMap((field, place) => {
      const mark = found[place + 1] ?? ''
      const at = Number(mark.split(' ')[1])
      return place % 2 === 0 && field !== '' && at < before ? [field, mark] : []
    })
    if (old.length > 0) await session.run(SWEEP, [writers], old)
    cursor = textOf(next)
    more = cursor !== '0'
  }
}
