import { breather } from '../core/breathe.ts'
import type { KeptEvent } from '../core/event.ts'
import { systemClock } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import { parse } from '../query/parse.ts'
import type { Reader } from '../query/query.ts'
import { LIMITS, type Question } from '../query/question.ts'
import type { EventSelector } from '../storage/driver.ts'
import type { Ask } from '../storage/store.ts'
import { cursorOf, param } from './page.ts'

/** What is asked of the tail of events, the parts that all its views share. */
export interface TailQuestion {
  readonly question: Question
  readonly selector: EventSelector
  readonly limit: number
  readonly offset: number
}

/** Understands the parameters of a view of events; `also` names those that only it has. */
export function parseTail(ask: Ask, reader: Reader, also: readonly string[]): TailQuestion {
  const params = ask.params.filter(([name]) => !['format', 'shape', 'order'].includes(name))
  // The tail is short by itself: without `from`, all of it.
  const question = parse(params, ask.now, { timezone: reader.timezone, needsMetric: false, also, from: 'all' })
  const limit = question.limit ?? LIMITS.page
  const cursor = cursorOf(ask)
  const beforeId = cursor === undefined ? idParam(ask, 'before_id') : Number(cursor)
  const sinceId = idParam(ask, 'since_id')
  const selector: EventSelector = {
    ...(question.from.at > 0 ? { from: question.from.at } : {}),
    ...(param(ask, 'to') === undefined ? {} : { to: question.to.at }),
    ...(beforeId === undefined ? {} : { beforeId }),
    ...(sinceId === undefined ? {} : { sinceId }),
  }
  const offset = question.page === null ? question.offset : (question.page - 1) * limit
  return { question, selector, limit, offset }
}

function idParam(ask: Ask, name: string): number | undefined {
  const text = param(ask, name)
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new MetricsError('bad_filter', `${name}=${text.slice(0, 64)} is not an id.`, {
    parameter: name,
    hint: `Ids are whole numbers: take the one of a row, such as ${name}=1146.`,
  })
}

/** Newest first. `last` is the id to go on below, or null at the end. */
export interface Scanned {
  readonly events: readonly KeptEvent[]
  readonly last: number | null
}

/** The first `limit` matching events after `offset` of them; stops where the time for one answer is up. */
export async function scan(
  reader: Reader,
  selector: EventSelector,
  keep: (event: KeptEvent) => boolean,
  limit: number,
  offset: number = 0
): Promise<Scanned> {
  const events: KeptEvent[] = []
  const breathe = breather()
  const until = systemClock.monotonic() + LIMITS.time
  let skip = offset
  let seen = 0
  let before: number | null = null
  for await (const event of reader.driver.events(selector)) {
    if (keep(event) && skip-- <= 0) {
      if (events.length === limit) return { events, last: before }
      events.push(event)
    }
    before = event.id
    if (++seen % 64 !== 0) continue
    if (systemClock.monotonic() > until) return { events, last: before }
    const pause = breathe()
    if (pause !== undefined) await pause
  }
  return { events, last: null }
}

/** What filters see of an event: its labels, and of a request what its series are labelled with. */
export function labelsOf(event: KeptEvent): Map<string, string> {
  const labels = new Map(Object.entries(event.labels))
  for (const name of ['method', 'status', 'endpoint', 'instance', 'model', 'provider', 'feature']) {
    const value = event.fields[name]
    if (value !== undefined && value !== null && !labels.has(name)) labels.set(name, String(value))
  }
  if (event.kind === 'request') labels.set('endpoint', event.name)
  return labels
}
