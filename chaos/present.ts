import type { Store } from '../src/storage/store.ts'
import type { StorageDriver } from '../src/storage/driver.ts'
import { ASKED, type Asked, batchOf, KINDS, type Kind, membersOf, nameOf, valueOf } from './items.ts'
import { answerOf, ask, type Row } from './questions.ts'

/** What is in a store, item by item. */
export interface Present {
  readonly items: ReadonlySet<string>
  readonly requests: number
  readonly wrongs: readonly string[]
}

/** Whose totals are looked at. */
interface Reading {
  readonly store: Pick<Store, 'answer'>
  readonly from: string
  readonly now: number
}

/** What one question found: by the label, and what has lost its labels. */
interface Found {
  readonly named: ReadonlyMap<string, number>
  readonly nameless: number
  /** The answer says itself that something is missing. */
  readonly incomplete: boolean
}

/** Reads which items are in the totals: the sum of a batch names its members, and their count tells whether one is twice. */
export async function present(store: Pick<Store, 'answer'>, from: string, now: number): Promise<Present> {
  const reading = { store, from, now }
  const items = new Set<string>()
  const wrongs: string[] = []
  for (const kind of KINDS) {
    const counts = await read(reading, kind, 'count', 'batch')
    wrongs.push(...unexplained(kind, counts))
    for (const [batch, sum] of (await read(reading, kind, 'sum', 'batch')).named) {
      const members = membersOf(batch, sum)
      if (members.length !== counts.named.get(batch))
        wrongs.push(
          `twice: ${kind} ${batch} counts ${counts.named.get(batch)} values, and ${sum} is made of ${members.length}`
        )
      for (const number of members) items.add(nameOf({ kind, number }))
    }
  }
  const asked = await read(reading, 'http_requests', 'count', 'endpoint')
  wrongs.push(...unexplained('http_requests', asked))
  const endpoints = [...asked.named].filter(([endpoint]) => ASKED.includes(endpoint.slice(1) as Asked))
  return { items, wrongs, requests: endpoints.reduce((sum, [, count]) => sum + count, 0) }
}

async function read({ store, from, now }: Reading, metric: string, agg: string, label: string): Promise<Found> {
  const { rows, incomplete } = await answerOf(store, ask(metric, agg, from, [label]), now)
  const named = new Map<string, number>()
  let nameless = 0
  for (const row of rows.filter((each: Row) => label in each)) {
    if (typeof row[label] === 'string') named.set(row[label], Number(row['value']))
    else nameless += Number(row['value'])
  }
  return { named, nameless, incomplete }
}

/**
 * A server that went back to an older state may have lost the names of labels whose values came later: what has names counts
 * as ever, and the rest is nobody's. That is right only where the answer says that it is incomplete.
 */
function unexplained(metric: string, { nameless, incomplete }: Found): string[] {
  if (nameless === 0 || incomplete) return []
  return [`${nameless} values of ${metric} have lost their labels, and the answer does not say that it is incomplete`]
}

/** What events there are. */
export interface PresentEvents extends Omit<Present, 'requests'> {
  /** By instance, how many requests have an event, or are counted with one. */
  readonly requests: ReadonlyMap<string, number>
}

/** Reads which items have an event, and which have more than one. */
export async function eventsOf(driver: StorageDriver): Promise<PresentEvents> {
  const items = new Set<string>()
  const wrongs: string[] = []
  const requests = new Map<string, number>()
  for await (const { kind, name, labels, value, weight, fields } of driver.events({ kinds: ['track', 'request'] })) {
    if (kind === 'request') {
      const instance = String(fields['instance'])
      requests.set(instance, (requests.get(instance) ?? 0) + weight)
      continue
    }
    const number = Number(labels['batch']?.slice(1)) * 40 + Math.log2(Number(value))
    const item = { kind: name as Kind, number }
    if (batchOf(item) !== labels['batch'] || valueOf(item) !== value)
      wrongs.push(`an event of nothing that was sent: ${name} ${value}`)
    if (items.has(nameOf(item))) wrongs.push(`twice: the event of ${nameOf(item)}`)
    items.add(nameOf(item))
  }
  return { items, wrongs, requests }
}
