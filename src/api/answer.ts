import { DAY } from '../core/time.ts'
import type { Reader } from '../query/query.ts'
import type { Answer, Ask } from '../storage/store.ts'
import type { Page } from './page.ts'
import { MetricsError, statusOf } from '../errors.ts'
import { answerWith, formatOf } from './format.ts'
import { param, warningOf } from './page.ts'
import { problemBody, shown } from './problem.ts'
import { alerts } from './views/alerts.ts'
import { costs } from './views/costs.ts'
import { endpoints } from './views/endpoints.ts'
import { errors } from './views/errors.ts'
import { events } from './views/events.ts'
import { exported } from './views/export.ts'
import { labels, metrics } from './views/catalogue.ts'
import { exposition } from './views/exposition.ts'
import { prune } from './views/prune.ts'
import { query } from './views/query.ts'
import { requests } from './views/requests.ts'
import { snapshot } from './views/snapshot.ts'
import { system } from './views/system.ts'

const GIVEN_UP = 'Single events of before were deleted, oldest first, to keep the store within its size.'
/** Where single events are shown. */
const SINGLE: ReadonlySet<string> = new Set(['requests', 'errors', 'events'])
const LOST = 'The store was emptied, or has evicted something: there was more in this time than is shown.'
const NAMELESS =
  'The store has lost the names of some labels: their values are here without them, until those who wrote them name them again.'
const UNKEPT = 'The store does not take what was recorded last: it is not in this answer yet.'

/** One route: what it reads and the rows that come of it. */
type View = (ask: Ask, reader: Reader) => Promise<Page>

const VIEWS: ReadonlyMap<string, View> = new Map<string, View>([
  ['query', query],
  ['snapshot', snapshot],
  ['endpoints', endpoints],
  ['costs', costs],
  ['alerts', alerts],
  ['system', system],
  ['requests', requests],
  ['errors', errors],
  ['events', events],
  ['metrics', metrics],
  ['labels', labels],
  ['prune', prune],
])

/** Answers one call beside the data. Never rejects: a bad question is an answer with its status. */
export async function answer(ask: Ask, reader: Reader): Promise<Answer> {
  try {
    return await answered(ask, reader)
  } catch (error) {
    const problem = shown(error)
    const status = statusOf(problem.code)
    const type = { 'content-type': 'application/json; charset=utf-8' }
    const headers = status === 503 ? { ...type, 'retry-after': '1' } : type
    const body = problemBody(problem, docsOf(ask, problem))
    return status < 500 ? { status, headers, body } : { status, headers, body, fault: faultOf(error, ask) }
  }
}

async function answered(ask: Ask, reader: Reader): Promise<Answer> {
  if (ask.route === 'prometheus') return exposition(ask, reader)
  if (ask.route === 'export') return exported(ask, reader)
  if (ask.route === 'query' && param(ask, 'format') === 'prometheus') return exposition(ask, reader)
  const view = VIEWS.get(ask.route)
  if (view === undefined) throw new MetricsError('not_found', `There is no ${ask.route}.`)
  const format = formatOf(ask, 'json')
  const bare = isBare(ask)
  let nameless = false
  const page = await view(ask, { ...reader, nameless: () => (nameless = true) })
  return answerWith(await whole(page, ask, reader, nameless), ask, format, bare)
}

/** Says what is not in the answer: what was recorded last and could not be kept; what the store has lost. */
async function whole(page: Page, ask: Ask, reader: Reader, nameless: boolean): Promise<Page> {
  // After the rest: it may have been noticed just now.
  const hasHoles = isBefore(page, ask, await Promise.resolve(reader.lost?.()).catch(() => undefined))
  const partial = isPartial(ask, reader) ? GIVEN_UP : null
  const missing = [
    ask.facts.unkept === true ? UNKEPT : null,
    partial,
    hasHoles ? LOST : null,
    nameless ? NAMELESS : null,
  ]
  if (missing.every((one) => one === null)) return page
  const warning = warningOf(page.envelope.warning as string | null, ...missing)
  return {
    ...page,
    envelope: { ...page.envelope, ...(hasHoles || nameless ? { data_incomplete: true } : {}), warning },
  }
}

/** Whether the answer goes back to when the store has lost something; one that names no time is about the last day. */
function isBefore({ envelope }: Page, { now }: Ask, lost: number | undefined): boolean {
  const { from } = envelope
  return lost !== undefined && lost > (typeof from === 'string' ? Date.parse(from) : now - DAY)
}

function isPartial({ route, now }: Ask, { events, whole }: Reader): boolean {
  return whole !== undefined && SINGLE.has(route) && (events === undefined || whole > now - events)
}

function faultOf(error: unknown, ask: Ask): string {
  return `${ask.route}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}

function isBare(ask: Ask): boolean {
  const shape = param(ask, 'shape')?.toLowerCase()
  if (shape === undefined || shape === 'envelope' || shape === 'rows') return shape === 'rows'
  if (shape === 'wide' && ask.route === 'query') return false
  throw new MetricsError('bad_shape', `shape=${shape.slice(0, 64)} is not known here.`, {
    parameter: 'shape',
    hint: 'Try shape=envelope or shape=rows; shape=wide at /metrics/query.',
  })
}

/** Where the grammar of what went wrong is explained: below the path that all routes share. */
function docsOf(ask: Ask, problem: MetricsError): string | null {
  if (ask.url === '') return null
  const last = `/${ask.route}`
  const base = ask.url.endsWith(last) ? ask.url.slice(0, -last.length) : ask.url
  return `${base}/docs#${problem.code.replace(/^bad_/, '')}`
}
