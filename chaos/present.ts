import type { Store } from '../src/storage/store.ts'
import type { StorageDriver } from '../src/storage/driver.ts'
import { batchOf, KINDS, type Kind, membersOf, nameOf, valueOf } from './items.ts'
import { ask, rowsOf } from './questions.ts'

/** What is in a store, item by item. */
export interface Present {
  readonly items: ReadonlySet<string>
  readonly requests: number
  readonly wrongs: readonly string[]
}

/** Reads which items are in the totals: the sum of a batch names its members, and their count tells whether one is twice. */
export async function present(store: Pick<Store, 'answer'>, from: string, now: number): Promise<Present> {
  const items = new Set<string>()
  const wrongs: string[] = []
  for (const kind of KINDS) {
    const counts = await byBatch(store, kind, 'count', from, now)
    for (const [batch, sum] of await byBatch(store, kind, 'sum', from, now)) {
      const members = membersOf(batch, sum)
      if (members.length !== counts.get(batch))
        wrongs.push(
          `twice: ${kind} ${batch} counts ${counts.get(batch)} values, and ${sum} is made of ${members.length}`
        )
      for (const number of members) items.add(nameOf({ kind, number }))
    }
  }
  const rows = await rowsOf(store, ask('http_requests', 'count', from, ['endpoint']), now)
  const asked = rows.filter(({ endpoint }) => KINDS.includes(String(endpoint).slice(1) as Kind))
  return { items, wrongs, requests: asked.reduce((sum, { value }) => sum + Number(value), 0) }
}

async function byBatch(
  store: Pick<Store, 'answer'>,
  kind: Kind,
  agg: string,
  from: string,
  now: number
): Promise<Map<string, number>> {
  const rows = await rowsOf(store, ask(kind, agg, from, ['batch']), now)
  return new Map(
    rows.filter(({ batch }) => typeof batch === 'string').map(({ batch, value }) => [String(batch), Number(value)])
  )
}

/** Reads which items have an event, and which have more than one. */
export async function eventsOf(driver: StorageDriver): Promise<Present> {
  const items = new Set<string>()
  const wrongs: string[] = []
  for await (const { name, labels, value } of driver.events({ kinds: ['track'] })) {
    const number = Number(labels['batch']?.slice(1)) * 40 + Math.log2(Number(value))
    const item = { kind: name as Kind, number }
    if (batchOf(item) !== labels['batch'] || valueOf(item) !== value)
      wrongs.push(`an event of nothing that was sent: ${name} ${value}`)
    if (items.has(nameOf(item))) wrongs.push(`twice: the event of ${nameOf(item)}`)
    items.add(nameOf(item))
  }
  return { items, wrongs, requests: 0 }
}
