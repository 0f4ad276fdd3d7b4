import type { Event, KeptEvent } from '../../core/event.ts'
import type { EventSelector } from '../driver.ts'
import type { Keys } from './keys.ts'
import { type Argument, listOf, textOf } from './line.ts'
import { CUT } from './scripts.ts'
import type { Session } from './session.ts'

/** Events that came together and stand in one text, a line each; one that was deleted leaves an empty line. */
interface Chunk {
  readonly member: string
  /** The id of its first line; the others follow. */
  readonly first: number
  readonly count: number
  readonly low: number
  readonly high: number
  readonly kinds: readonly string[]
}

/** Events in one chunk at most, chunks read at first and at most, chunks deleted at once. */
const MOST = 250
const PAGE = { first: 2, most: 32, cut: 50 }

/** A kind without spaces and commas; half characters do not stop it. */
const spelt = (kind: string): string => encodeURIComponent(Buffer.from(kind).toString())

/** What the script is told of events, a run of one writer at a time: see PUT. */
export function runsOf(events: readonly Event[]): Argument[][] {
  const runs: Event[][] = []
  for (const event of events) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    const goes = before !== undefined && before.writer === event.writer && before.number < event.number
    if (run !== undefined && goes && run.length < MOST) run.push(event)
    else runs.push([event])
  }
  return runs.map(toldOf)
}

function toldOf(run: readonly Event[]): Argument[] {
  const [first, last] = [run[0]!, run.at(-1)!]
  const times = run.map(({ time }) => time)
  const kinds = run.map(({ kind }) => spelt(kind))
  const heads = run.map(({ number, time }, place) => `${number} ${time} ${kinds[place]}\n`)
  return [
    first.writer,
    run.length,
    first.number,
    last.number,
    Math.min(...times),
    Math.max(...times),
    [...new Set(kinds)].join(','),
    heads.join(''),
    run.map((event) => JSON.stringify(event)).join('\n'),
  ]
}

function chunkOf(member: string): Chunk {
  const [first, count, low, high, kinds = ''] = member.split(' ')
  return {
    member,
    first: Number(first),
    count: Number(count),
    low: Number(low),
    high: Number(high),
    kinds: kinds.split(','),
  }
}

/** The single events of one store. */
export class Events {
  readonly #session: Session
  readonly #keys: Keys

  constructor(session: Session, keys: Keys) {
    this.#session = session
    this.#keys = keys
  }

  /** Matching events, newest first. What comes meanwhile has higher ids, so it is never met. */
  async *read(selector: EventSelector): AsyncGenerator<KeptEvent> {
    const { sinceId = 0, beforeId = Infinity } = selector
    const kinds = selector.kinds?.map((kind) => spelt(kind))
    let size = PAGE.first
    for (let below = beforeId; below > sinceId;) {
      const page = await this.#chunks(below, Math.max(0, sinceId - MOST), size)
      const wanted = page.filter((chunk) => mayMatch(chunk, selector, kinds))
      for (const [place, text] of (await this.#texts(wanted)).entries()) {
        yield* matching(wanted[place]!.first, text, selector)
      }
      if (page.length < size) return
      below = page.at(-1)!.first
      size = Math.min(size * 2, PAGE.most)
    }
  }

  async #chunks(below: number, above: number, size: number): Promise<Chunk[]> {
    const { eventIds } = this.#keys
    const most = below === Infinity ? '+inf' : `(${below}`
    const reply = await this.#session.send('ZREVRANGEBYSCORE', eventIds, eventIds, most, above, 'LIMIT', 0, size)
    return listOf(reply).map((member) => chunkOf(textOf(member)))
  }

  async #texts(chunks: readonly Chunk[]): Promise<string[]> {
    if (chunks.length === 0) return []
    const { events } = this.#keys
    return listOf(await this.#session.send('HMGET', events, events, ...chunks.map(({ first }) => first))).map(textOf)
  }

  /** Deletes events that happened before `before`, in short steps; answers how many. */
  async prune(before: number): Promise<number> {
    const { eventTimes } = this.#keys
    let gone = 0
    for (;;) {
      const reply = await this.#session.send(
        'ZRANGEBYSCORE',
        eventTimes,
        eventTimes,
        '-inf',
        `(${before}`,
        'LIMIT',
        0,
        PAGE.cut
      )
      const chunks = listOf(reply).map((member) => chunkOf(textOf(member)))
      const step = chunks.length === 0 ? 0 : await this.#cut(chunks, (event) => event.time < before)
      if (step === 0) return gone
      gone += step
    }
  }

  /** Deletes the oldest events until at most `rows` are left; answers how many. */
  async trim(rows: number): Promise<number> {
    const { events, eventIds } = this.#keys
    let gone = 0
    for (;;) {
      let excess = Number(textOf(await this.#session.send('HGET', events, events, '#')) || 0) - rows
      if (excess <= 0) return gone
      const reply = await this.#session.send('ZRANGEBYSCORE', eventIds, eventIds, '-inf', '+inf', 'LIMIT', 0, PAGE.cut)
      const chunks = listOf(reply).map((member) => chunkOf(textOf(member)))
      const step = await this.#cut(chunks, () => excess-- > 0)
      if (step === 0) return gone
      gone += step
    }
  }

  /** Deletes the events of `chunks` that are `old`, asked oldest first; a chunk that somebody else has changed stays. */
  async #cut(chunks: readonly Chunk[], old: (event: Event) => boolean): Promise<number> {
    const { events, eventIds, eventTimes } = this.#keys
    const texts = await this.#texts(chunks)
    const told = chunks.flatMap((chunk, place) => cutOf(chunk, texts[place] ?? '', old))
    if (told.length === 0) return 0
    return Number(await this.#session.run(CUT, [events, eventIds, eventTimes], told))
  }
}

function cutOf(chunk: Chunk, text: string, old: (event: Event) => boolean): Argument[] {
  const { member, first, count } = chunk
  const lines = text.split('\n')
  const left: Event[] = []
  const kept = lines.map((line) => {
    const event = line === '' ? undefined : (JSON.parse(line) as Event)
    if (event === undefined || old(event)) return ''
    left.push(event)
    return line
  })
  const less = lines.filter((line) => line !== '').length - left.length
  // Of a chunk whose text is gone nothing is left to count.
  if (less === 0 && text !== '') return []
  const start: Argument[] = [member, first, Buffer.byteLength(text), less]
  if (left.length === 0) return [...start, '', '', '']
  const times = left.map(({ time }) => time)
  const low = Math.min(...times)
  const kinds = new Set(left.map(({ kind }) => spelt(kind)))
  const next = [first, count, low, Math.max(...times), [...kinds].join(',')].join(' ')
  return [...start, next, low, kept.join('\n')]
}

function mayMatch(
  chunk: Chunk,
  { from, to, sinceId = 0 }: EventSelector,
  kinds: readonly string[] | undefined
): boolean {
  if (chunk.first + chunk.count - 1 <= sinceId) return false
  if (from !== undefined && chunk.high < from) return false
  if (to !== undefined && chunk.low >= to) return false
  return kinds === undefined || chunk.kinds.some((kind) => kinds.includes(kind))
}

function* matching(first: number, text: string, selector: EventSelector): Generator<KeptEvent> {
  const { kinds, name, from = -Infinity, to = Infinity, sinceId = 0, beforeId = Infinity } = selector
  // A line without these has another kind or name; most need not be parsed to know that.
  const marks = kinds?.map((kind) => `"kind":${JSON.stringify(kind)}`)
  const called = name === undefined ? '' : `"name":${JSON.stringify(name)}`
  const lines = text.split('\n')
  for (let place = lines.length - 1; place >= 0; place--) {
    const id = first + place
    const line = lines[place]!
    if (line === '' || id >= beforeId || id <= sinceId || !line.includes(called)) continue
    if (marks !== undefined && !marks.some((mark) => line.includes(mark))) continue
    const event = { ...(JSON.parse(line) as Event), id }
    if (kinds !== undefined && !kinds.includes(event.kind)) continue
    if (name !== undefined && event.name !== name) continue
    if (event.time >= from && event.time < to) yield event
  }
}
