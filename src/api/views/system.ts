import { MetricsError } from '../../errors.ts'
import { breather } from '../../core/breathe.ts'
import { MINUTE } from '../../core/time.ts'
import { iso, labelOf } from '../../query/calendar.ts'
import { fold, type Group } from '../../query/fold.ts'
import { percent } from '../../query/number.ts'
import { oldest } from '../../query/oldest.ts'
import { parse } from '../../query/parse.ts'
import type { Reader, Row, Scalar } from '../../query/query.ts'
import { LIMITS, type Question } from '../../query/question.ts'
import { type Frame, layOut, type Range } from '../../query/range.ts'
import { zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, nextByOffset, param, warningOf } from '../page.ts'
import { FIGURES_SAMPLE, figures, MEASURES, type PointOf } from '../system/figures.ts'
import { type Presence, type Presences, presences, Roll } from '../system/presence.ts'

/** A process that has recorded nothing for longer does not run: it does so each minute, and keeps it each second. */
const SILENT = 2 * MINUTE

const TIMES: Row = { time: '2026-11-22T10:00:00Z', ts: 1795341600000, label: '2026-11-22 10:00' }
const HEAD: Row = {
  instance: 'web-1',
  running: true,
  last_time: '2026-11-22T10:29:59Z',
  up_minutes: 60,
  down_minutes: 0,
}

/** Process and machine, a row for each instance: as it is now, and over the range; with a bucket, a row for each of those too. */
export async function system(ask: Ask, reader: Reader): Promise<Page> {
  const question = questionOf(ask, reader)
  const frame: Frame = { now: ask.now, kept: reader.kept, zone: zoneOf(question.tz), home: zoneOf(reader.timezone) }
  const range = await rangeOf(question, reader, frame)
  const roll = new Roll()
  const folding = { spans: range.spans, measures: MEASURES, labels: ['instance'], filters: question.filters }
  const folded = await fold(folding, reader, ask.now, { met: (contents) => roll.learn(contents) })
  tooLarge(folded.groups, range)
  const ran = await presences(range, roll, reader, ask.now)
  const keys = [
    ...(range.width === null ? [] : Object.keys(TIMES)),
    ...Object.keys(HEAD),
    ...Object.keys(FIGURES_SAMPLE),
  ]
  const drafts = question.sample ? [sampled(range)] : draftsOf(folded.groups, range, frame, ran)
  const limit = question.limit ?? LIMITS.page
  const offset = question.page === null ? question.offset : (question.page - 1) * limit
  const rows = await ordered(drafts, orderOf(ask, ['id', ...keys]), offset, offset + limit)
  const next = offset + limit < drafts.length ? nextByOffset(ask, offset + limit, limit) : null
  const envelope = {
    interval: range.width?.name ?? null,
    tz: frame.zone.name,
    from: iso(range.from, frame.zone),
    to: iso(range.to, frame.zone),
    ...standing(folded.groups, range, ran, ask.now),
    row_count: rows.length,
    total_rows: drafts.length,
    next,
    warning: warningOf(...question.warnings, range.warning, folded.warning),
  }
  return { envelope, rows, next, total: drafts.length, name: 'system', ids: false, keys: ['id', ...keys] }
}

function sampled(range: Range): Draft {
  const head = { id: 'web-1', ...(range.width === null ? {} : TIMES), ...HEAD }
  return { head, figures: () => FIGURES_SAMPLE }
}

/** Of `query`'s grammar: the range, one width of time, filters and paging. */
function questionOf(ask: Ask, reader: Reader): Question {
  const params = ask.params.filter(([name]) => !['order', 'format', 'shape', 'metric'].includes(name))
  const question = parse(params, ask.now, { timezone: reader.timezone, needsMetric: false, from: '1h' })
  const strange = question.labels.find((label) => label !== 'instance')
  if (strange !== undefined) {
    throw new MetricsError('bad_group_by', `group_by=${strange.slice(0, 64)} is not known here.`, {
      parameter: 'group_by',
      hint: 'There is a row for each instance; group_by=hour, day, 5m … gives one for each of those too.',
    })
  }
  // What no series here can have is a cache buster, or was meant for another call.
  return { ...question, filters: question.filters.filter(({ label }) => label === 'instance') }
}

async function rangeOf({ from, to, bucket }: Question, reader: Reader, frame: Frame): Promise<Range> {
  if (from.kind !== 'all') return layOut(from, to, bucket, frame)
  const at = Math.min(await oldest(reader, frame.now), to.at - 1)
  return layOut({ at, kind: 'all' }, to, bucket, frame)
}

/** Of all instances together: how many run, and when none did. */
function standing(groups: readonly Group[], range: Range, { all, of }: Presences, now: number): Row {
  const names = groups.map(({ values }) => values[0] ?? '')
  const starts = groups.reduce((sum, group) => sum + (group.whole(0, 0)?.total ?? 0), 0)
  const [up, down] = [all.up(range.from, range.end), all.down(range.from, range.end)]
  return {
    total: groups.length,
    instances_running: names.filter((name) => isRunning(of.get(name), now)).length,
    starts,
    up_minutes: up,
    down_minutes: down,
    availability_percent: percent(up, up + down),
  }
}

function isRunning(presence: Presence | undefined, now: number): boolean {
  return presence !== undefined && presence.last > now - SILENT
}

/** A row as far as it is told apart and sorted by; its figures are read when it is shown. */
interface Draft {
  readonly head: Row
  figures(): Row
}

/** Rows in order. Only what is sorted by figures needs those of rows that are not shown. */
async function ordered(drafts: readonly Draft[], { name, falls }: Order, from: number, to: number): Promise<Row[]> {
  const breathe = breather(2)
  const finished = async (some: readonly Draft[]): Promise<Row[]> => {
    const rows: Row[] = []
    for (const draft of some) {
      rows.push({ ...draft.head, ...draft.figures() })
      const pause = breathe()
      if (pause !== undefined) await pause
    }
    return rows
  }
  const by = (a: Row, b: Row): number =>
    compare(a[name] ?? null, b[name] ?? null, falls) || compare(a['id'] ?? null, b['id'] ?? null, false)
  if (Object.hasOwn(drafts[0]?.head ?? {}, name)) {
    return finished(drafts.toSorted((a, b) => by(a.head, b.head)).slice(from, to))
  }
  return (await finished(drafts)).sort(by).slice(from, to)
}

function draftsOf(groups: readonly Group[], range: Range, { now, zone }: Frame, { of }: Presences): Draft[] {
  const { spans, width } = range
  const times = spans.starts.map((start) => ({
    time: iso(start, zone),
    ts: start,
    label: width === null ? '' : labelOf(start, width, zone),
  }))
  return groups.flatMap((group) => {
    const instance = group.values[0] ?? ''
    const presence = of.get(instance)
    const lastTime = presence === undefined ? null : iso(Math.min(presence.last, now), zone)
    const head = { instance, running: isRunning(presence, now), last_time: lastTime }
    if (width === null) {
      const point: PointOf = (measure, slot) => group.whole(measure, slot)
      return [{ head: { id: instance, ...head }, figures: () => shown(presence, range.from, range.end, point) }]
    }
    return times.map((time, span): Draft => {
      const point: PointOf = (measure, slot) => group.at(measure, slot, span)
      const id = `${instance}:${time.ts / 1000}`
      return {
        head: { id, ...time, ...head },
        figures: () => shown(presence, time.ts, spans.ends[span]!, point),
      }
    })
  })
}

function shown(presence: Presence | undefined, from: number, to: number, point: PointOf): Row {
  const [up, down] = [presence?.up(from, to) ?? 0, presence?.down(from, to) ?? 0]
  return { up_minutes: up, down_minutes: down, ...figures(point) }
}

function tooLarge(groups: readonly Group[], { spans }: Range): void {
  if (groups.length * spans.starts.length <= LIMITS.rows) return
  throw new MetricsError('too_large', `The answer has more than ${LIMITS.rows} rows.`, {
    hint: 'Take wider buckets, a shorter range or one instance.',
  })
}

/** A column, and whether its largest value comes first. */
interface Order {
  readonly name: string
  readonly falls: boolean
}

/** By any column; nulls come last, ties are told apart by id. */
function orderOf(ask: Ask, columns: readonly string[]): Order {
  const asked = param(ask, 'order') ?? (columns.includes('ts') ? 'ts' : '-running')
  const falls = asked.startsWith('-')
  const name = falls ? asked.slice(1) : asked
  if (columns.includes(name)) return { name, falls }
  throw new MetricsError('bad_shape', `order=${asked.slice(0, 64)} is not a column.`, {
    parameter: 'order',
    hint: `Try order=-cpu_percent. Columns: ${columns.join(', ')}.`,
  })
}

function compare(a: Scalar, b: Scalar, falls: boolean): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b === falls ? 1 : -1
}
