import { type AlertFacts, type RuleFacts } from '../../alerts/shown.ts'
import { BOOK, type Book, firing, type GroupEntry, readBook, type RuleEntry } from '../../alerts/book.ts'
import { MetricsError } from '../../errors.ts'
import { iso } from '../../query/calendar.ts'
import { rounded } from '../../query/number.ts'
import { parse } from '../../query/parse.ts'
import type { Reader, Row } from '../../query/query.ts'
import { LIMITS } from '../../query/question.ts'
import { zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, nextByOffset, param, warningOf } from '../page.ts'

const SAMPLE: Row = {
  id: 'errors:endpoint=/pay',
  time: '2026-11-22T10:24:00Z',
  ts: 1795343040000,
  rule: 'errors',
  state: 'firing',
  condition: 'ok',
  severity: 'critical',
  group: 'endpoint=/pay',
  metric: 'http_error_rate',
  value: 7.2,
  threshold: 5,
  since: '2026-11-22T10:24:00Z',
  starts_at: '2026-11-22T10:24:00Z',
  evaluated_at: '2026-11-22T10:29:50Z',
  errors: 0,
  text: 'http_error_rate > 5 over 5m for 2m',
}
const STATES = ['firing', 'recovering', 'pending', 'ok']
/** What rows are filtered by, and of what there is to choose; of rules there is any. */
const FILTERS: ReadonlyMap<string, readonly string[] | null> = new Map([
  ['rule', null],
  ['state', STATES],
  ['severity', ['info', 'warning', 'critical']],
  ['condition', ['ok', 'new', 'error', 'no_data', 'cannot_tell']],
])

type Show = (at: number | null) => string | null

/** Rules with their state, since when and the last value; what happened, and what never arrived. */
export async function alerts(ask: Ask, reader: Reader): Promise<Page> {
  const params = ask.params.filter(([name]) => !['format', 'shape', 'order'].includes(name))
  const question = parse(params, ask.now, { timezone: reader.timezone, needsMetric: false, also: [...FILTERS.keys()] })
  const book = readBook(await reader.driver.get(BOOK))
  const zone = zoneOf(question.tz)
  const show: Show = (at) => (at === null || at === 0 ? null : iso(at, zone))
  const known = factsOf(ask)
  const rows = question.sample ? [SAMPLE] : rowsOf(book, known?.rules ?? [], ask.now, show).filter(wanted(ask))
  const limit = question.limit ?? LIMITS.page
  const offset = question.page === null ? question.offset : (question.page - 1) * limit
  const next = offset + limit < rows.length ? nextByOffset(ask, offset + limit, limit) : null
  const page = rows.slice(offset, offset + limit)
  const envelope = {
    tz: zone.name,
    firing: countFiring(book, known?.rules ?? [], ask.now),
    waiting: book.outbox.reduce((sum, { to }) => sum + to.length, 0),
    dead_letter_count: book.deadCount,
    row_count: page.length,
    total_rows: rows.length,
    next,
    warning: warningOf(...question.warnings),
  }
  const details = detailsOf(book, known, show)
  return {
    envelope,
    details,
    rows: page,
    next,
    total: rows.length,
    name: 'alerts',
    ids: true,
    keys: Object.keys(SAMPLE),
  }
}

/** How many rules and groups fire, budgets that are used up among them. */
export async function alertsFiring(ask: Ask, reader: Reader): Promise<number> {
  return countFiring(readBook(await reader.driver.get(BOOK)), factsOf(ask)?.rules ?? [], ask.now)
}

function countFiring(book: Book, rules: readonly RuleFacts[], now: number): number {
  return firing(book) + rules.filter((rule) => isUsedUp(book.rules.get(rule.name), rule, now)).length
}

function factsOf(ask: Ask): AlertFacts | undefined {
  return (ask.facts['alerts'] ?? undefined) as AlertFacts | undefined
}

function wanted(ask: Ask): (row: Row) => boolean {
  const filters = [...FILTERS].flatMap(([name, known]) => {
    const value = param(ask, name)
    return value === undefined ? [] : [[name, chosen(name, value, known)] as const]
  })
  return (row) => filters.every(([name, values]) => values.includes(String(row[name])))
}

/** A misspelt state would look as if nothing fired. */
function chosen(name: string, value: string, known: readonly string[] | null): readonly string[] {
  const words = value.split(',').map((word) => word.trim())
  const strange = known === null ? undefined : words.find((word) => !known.includes(word))
  if (strange === undefined) return words
  const hint = `Try one or more of: ${known!.join(', ')}.`
  throw new MetricsError('bad_filter', `${name}=${strange.slice(0, 64)} is not known.`, { parameter: name, hint })
}

function rowsOf(book: Book, rules: readonly RuleFacts[], now: number, show: Show): Row[] {
  const others = [...book.rules.keys()].filter((name) => !rules.some((rule) => rule.name === name))
  const all: readonly (Partial<RuleFacts> & { readonly name: string })[] = [
    ...rules,
    ...others.map((name) => ({ name })),
  ]
  const rows = all.flatMap((rule) => ofRule(rule, book.rules.get(rule.name), now, show))
  return rows.sort((a, b) => STATES.indexOf(String(a['state'])) - STATES.indexOf(String(b['state'])))
}

function ofRule(
  rule: Partial<RuleFacts> & { name: string },
  entry: RuleEntry | undefined,
  now: number,
  show: Show
): Row[] {
  const groups = [...(entry?.groups.values() ?? [])]
  if (groups.length > 0) return groups.map((group) => rowOf(rule, entry, group, show))
  const state = isUsedUp(entry, rule, now) ? 'firing' : 'ok'
  const since = rule.budget === true ? (entry?.budget?.start ?? null) : (entry?.first ?? null)
  return [{ ...rowOf(rule, entry, undefined, show), state, since: show(since), time: show(since), ts: since }]
}

function rowOf(
  rule: Partial<RuleFacts> & { name: string },
  entry: RuleEntry | undefined,
  group: GroupEntry | undefined,
  show: Show
): Row {
  const labels = Object.entries(group?.group ?? {}).map(([label, value]) => `${label}=${value}`)
  const value = group === undefined ? (entry?.value ?? null) : group.value
  return {
    id: [rule.name, ...labels].join(':'),
    time: show(group?.since ?? null),
    ts: group?.since ?? null,
    rule: rule.name,
    state: group?.state ?? 'ok',
    condition: conditionOf(entry, group),
    severity: rule.severity ?? null,
    group: labels.join(' '),
    metric: rule.metric ?? null,
    value: value === null ? null : rounded(value, 9),
    threshold: rule.threshold ?? null,
    since: show(group?.since ?? null),
    starts_at: show(group?.startsAt ?? null),
    evaluated_at: show(entry?.last ?? null),
    errors: entry?.errors ?? 0,
    text: rule.text ?? null,
  }
}

/** What is wrong beside the state: nothing, no data, or that it cannot be evaluated. */
function conditionOf(entry: RuleEntry | undefined, group: GroupEntry | undefined): string {
  if (entry === undefined || entry.last === 0) return 'new'
  if (entry.errors > 0) return 'error'
  if ((entry.budget?.unpriced ?? 0) > 0) return 'cannot_tell'
  return group !== undefined && group.emptySince !== null ? 'no_data' : 'ok'
}

function isUsedUp(entry: RuleEntry | undefined, { threshold }: Partial<RuleFacts>, now: number): boolean {
  const budget = entry?.budget
  if (!budget || typeof threshold !== 'number') return false
  return budget.spent >= threshold && now >= budget.start && now < budget.end
}

function detailsOf(book: Book, known: AlertFacts | undefined, show: Show): Readonly<Record<string, unknown>> {
  const notifiers = (known?.notifiers ?? []).map(({ name, kind }) => {
    const channel = book.channels.get(name)
    const { disabled = null, dropped = 0, lastOk = 0, lastCode = null } = channel ?? {}
    const waiting = book.outbox.filter(({ to }) => to.some((one) => one.channel === name)).length
    const off = { disabled: disabled?.code ?? null, disabled_at: show(disabled?.at ?? null) }
    return { name, kind, ...off, waiting, dropped, last_ok: show(lastOk), last_error: lastCode }
  })
  const history = book.history.toReversed().map(({ id, time, type, rule, group, value }) => {
    return { id, time: show(time), ts: time, type, rule, group: textOf(group), value }
  })
  const dead = book.dead.toReversed().map(({ time, at, ...rest }) => {
    return { ...rest, time: show(time), ts: time, given_up_at: show(at) }
  })
  return { notifiers, dead_letters: dead, history }
}

function textOf(group: Readonly<Record<string, string>>): string {
  return Object.entries(group)
    .map(([label, value]) => `${label}=${value}`)
    .join(' ')
}
