import { MetricsError } from '../../errors.ts'
import { iso } from '../../query/calendar.ts'
import { earlier } from '../../query/compare.ts'
import { change } from '../../query/number.ts'
import { oldest } from '../../query/oldest.ts'
import { parse } from '../../query/parse.ts'
import type { Reader, Row } from '../../query/query.ts'
import { LIMITS, type Question } from '../../query/question.ts'
import { type Frame, layOut, type Range } from '../../query/range.ts'
import { zoneOf } from '../../query/zone.ts'
import type { Ask } from '../../storage/store.ts'
import { checkLabels, type Line, requestsBy, type Spending, spent, untracked } from '../costs/lines.ts'
import { monthOf } from '../costs/month.ts'
import { detailsOf, keysOf, rowsOf, type Sheet } from '../costs/rows.ts'
import { SAMPLE, SAMPLE_STATE } from '../costs/sample.ts'
import { dollars, Tally } from '../costs/tally.ts'
import { notesOf, pricesOf } from '../costs/notes.ts'
import { ordered } from '../costs/order.ts'
import { type Page, nextByOffset, param } from '../page.ts'

/** What language models and other paid APIs cost: by model, endpoint, provider, feature, time. */
export async function costs(ask: Ask, reader: Reader): Promise<Page> {
  const question = questionOf(ask, reader)
  const frame: Frame = { now: ask.now, kept: reader.kept, zone: zoneOf(question.tz), home: zoneOf(reader.timezone) }
  const range = await rangeOf(question, reader, frame)
  const { labels, filters } = question
  const asked: Spending = { spans: range.spans, labels, filters }
  const { lines, seen, warning } = await spent(asked, reader, ask.now)
  const whole = { starts: [range.from], ends: [Math.max(range.end, range.from + 1)] }
  const byModel = await spent({ spans: whole, labels: ['provider', 'model'], filters }, reader, ask.now)
  const lost = await untracked(whole, reader, ask.now)
  const sum = total(byModel.lines)
  const requests = labels.includes('endpoint') ? await requestsBy(range.spans, reader, ask.now) : undefined
  const sheet: Sheet = { range, zone: frame.zone, labels, nano: sum.nano, requests }
  tooLarge(lines, range)
  const all = question.sample ? [sampleOf(sheet)] : ordered(rowsOf(lines, sheet), ask, range, keysOf(sheet))
  const page = pageOf(all, question, ask)
  const months = await monthOf(filters, reader, ask.now, frame.zone)
  const before = await beforeOf(question, range, frame, reader)
  const unpriced = byModel.lines.filter((line) => line.whole.unpriced > 0).map(unpricedOf)
  const missing = labels.filter((label) => !seen.has(label))
  const envelope = {
    ...headOf(range, frame, sum, before),
    ...usedBy(sum),
    ...months,
    cached_tokens: sum.cached,
    currency: 'USD',
    complete: sum.complete && lost === 0,
    ...apart(sum),
    usage_missing: sum.missing,
    untracked: lost,
    ...pricesOf(ask).flat,
    ...(question.sample ? SAMPLE_STATE : {}),
    row_count: page.rows.length,
    total_rows: all.length,
    next: page.next,
    warning: notesOf({ ask, question, sum, lost, missing, range: range.warning ?? warning }),
  }
  const details = { unpriced, prices: pricesOf(ask).nested }
  return { envelope, details, ...page, total: all.length, name: 'costs', ids: false, keys: keysOf(sheet) }
}

/** The grammar of `query`; models are what one asks for when one asks for nothing. */
function questionOf(ask: Ask, reader: Reader): Question {
  const params = ask.params.filter(([name]) => !['order', 'format', 'shape', 'metric'].includes(name))
  const grouped = param(ask, 'group_by') === undefined ? [...params, ['group_by', 'model'] as const] : params
  const question = parse(grouped, ask.now, { timezone: reader.timezone, needsMetric: false })
  checkLabels(question.labels, question.filters)
  const strange = question.aggregates.find((each) => each !== 'sum')
  if (strange === undefined) return question
  throw new MetricsError('bad_agg', `agg=${strange} is not for costs, which are sums.`, {
    parameter: 'agg',
    hint: 'Leave agg out, or ask /metrics/query?metric=llm_cost_usd.',
  })
}

async function rangeOf({ from, to, bucket }: Question, reader: Reader, frame: Frame): Promise<Range> {
  if (from.kind !== 'all') return layOut(from, to, bucket, frame)
  const at = Math.min(await oldest(reader, frame.now), to.at - 1)
  return layOut({ at, kind: 'all' }, to, bucket, frame)
}

function total(lines: readonly Line[]): Tally {
  const sum = new Tally()
  for (const { whole } of lines) sum.add(whole)
  return sum
}

function headOf(range: Range, { zone }: Frame, sum: Tally, before: Tally | null): Row {
  const earlierTotal = before === null ? null : dollars(before.nano)
  return {
    metric: 'llm_cost_usd',
    unit: 'USD',
    agg: 'sum',
    interval: range.width?.name ?? null,
    tz: zone.name,
    from: iso(range.from, zone),
    to: iso(range.to, zone),
    total: sum.value,
    previous_total: earlierTotal,
    change_percent: change(sum.value, earlierTotal),
  }
}

function usedBy({ requests, input, output, unpriced }: Tally): Row {
  return { requests, input_tokens: input, output_tokens: output, unpriced_requests: unpriced }
}

/** What is in the total, and what is not, but for what stands in the head already. */
function apart(sum: Tally): Row {
  const { unpriced_requests: _, ...rest } = detailsOf(sum)
  return rest
}

async function beforeOf(question: Question, range: Range, frame: Frame, reader: Reader): Promise<Tally | null> {
  if (question.compare === null) return null
  const { spans } = earlier(
    question,
    { ...range, width: null, spans: { starts: [range.from], ends: [range.end] } },
    frame
  )
  const { lines } = await spent({ spans, labels: [], filters: question.filters }, reader, frame.now)
  return total(lines)
}

function unpricedOf({ values, whole }: Line): Row {
  return { provider: values[0] ?? null, model: values[1] ?? null, requests: whole.unpriced }
}

function sampleOf(sheet: Sheet): Row {
  const known: Row = SAMPLE
  return Object.fromEntries(keysOf(sheet).map((key) => [key, known[key] ?? 'text']))
}

function tooLarge(lines: readonly Line[], { spans }: Range): void {
  if (lines.length * spans.starts.length <= LIMITS.points) return
  throw new MetricsError('too_large', `The answer has more than ${LIMITS.points} rows.`, {
    hint: 'Take wider buckets, a shorter range or fewer labels.',
  })
}

function pageOf(all: readonly Row[], question: Question, ask: Ask): { rows: readonly Row[]; next: string | null } {
  const limit = question.limit ?? LIMITS.page
  const offset = question.page === null ? question.offset : (question.page - 1) * limit
  const next = offset + limit < all.length ? nextByOffset(ask, offset + limit, limit) : null
  return { rows: all.slice(offset, offset + limit), next }
}
