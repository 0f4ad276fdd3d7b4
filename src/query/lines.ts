import type { Folded, Group } from './folding.ts'
import { groupOf } from './levels.ts'
import { LIMITS, type Question } from './question.ts'
import { read } from './readout.ts'
import { type Asked, type Line, pairOf } from './table.ts'

/** What the line that stands for the rest is called. */
export const OTHER = '(other)'

/** The lines of one page or, by time, all that are shown. */
export interface Shown {
  readonly lines: readonly Line[]
  /** How many there are, `(other)` not counted. */
  readonly count: number
  /** The line offset of the next page of lines; null by time and at the end. */
  readonly next: number | null
}

/** Puts groups and their earlier selves together, ranks them, and merges those beyond the top into `(other)`. */
export function choose(
  question: Question,
  asked: readonly Asked[],
  now: Folded,
  before: Folded | null,
  byTime: boolean
): Shown {
  const all = pair(now, before)
  if (question.labels.length === 0) return { lines: [all[0] ?? NOTHING], count: 1, next: null }
  const ranked = rank(all, question, asked[0]!)
  const top = question.top ?? (question.limit === null ? LIMITS.top : LIMITS.rows)
  if (byTime || question.shape === 'wide') {
    const lines = appearing(ranked.slice(0, top), now)
    return { lines: withOther(lines, ranked.slice(top), question), count: ranked.length, next: null }
  }
  return page(ranked, top, question, asked)
}

const NOTHING: Line = { values: [], other: false, now: undefined, before: undefined }

function page(ranked: readonly Line[], top: number, question: Question, asked: readonly Asked[]): Shown {
  const limit = question.limit ?? LIMITS.page
  const size = Math.max(1, Math.floor(Math.min(top, limit) / asked.length))
  const from = Math.floor(
    (question.page === null ? question.offset : (question.page - 1) * size * asked.length) / asked.length
  )
  const some = ranked.slice(from, from + size)
  const lines = isShownOtherwise(question) ? sort(some, question, asked[0]!) : some
  const rest = ranked.slice(from + size)
  // Later pages show what `(other)` of the first one stood for.
  const other = from === 0 && size === Math.floor(top / asked.length) && (size + 1) * asked.length <= limit
  const next = rest.length > 0 ? from + size : null
  return { lines: other ? withOther(lines, rest, question) : lines, count: ranked.length, next }
}

function pair(now: Folded, before: Folded | null): Line[] {
  const lines = new Map<string, { now?: Group; before?: Group }>()
  const entry = (group: Group) => {
    const key = group.values.join('\0')
    const known = lines.get(key) ?? {}
    lines.set(key, known)
    return known
  }
  for (const group of now.groups) entry(group).now = group
  for (const group of before?.groups ?? []) entry(group).before = group
  return [...lines.values()].map((each) => ({
    values: (each.now ?? each.before)!.values,
    other: false,
    now: each.now,
    before: each.before,
  }))
}

/** Largest first; if the smallest are asked for, those; if a limit but no top is given, as asked, for then it is paged. */
function rank(lines: readonly Line[], question: Question, asked: Asked): Line[] {
  return sort(lines, isShownOtherwise(question) ? { ...question, order: '-value' } : question, asked)
}

/** Whether lines are shown in another order than that in which they are chosen. */
function isShownOtherwise({ order, top, limit }: Question): boolean {
  return order === 'label' && (top !== null || limit === null)
}

function sort(lines: readonly Line[], question: Question, asked: Asked): Line[] {
  const value = new Map(lines.map((line) => [line, valueOf(line, question, asked)]))
  const order = question.order === 'value' || question.order === 'label' ? question.order : '-value'
  return lines.toSorted((a, b) => {
    const byLabel = compareValues(a.values, b.values)
    return order === 'label' ? byLabel : compareNumbers(value.get(a)!, value.get(b)!, order === 'value') || byLabel
  })
}

function valueOf(line: Line, question: Question, asked: Asked): number | null {
  return read(pairOf(line.now, asked), asked.aggregates[0]!, asked.metric, 1, question.per)
}

/** By size; what is unknown comes last. */
export function compareNumbers(a: number | null, b: number | null, growing: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return growing ? a - b : b - a
}

export function compareValues(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? '', b[i] ?? '']
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}

/** In the order in which they first occur, so that columns stay where they are as time goes on. */
function appearing(lines: readonly Line[], now: Folded): Line[] {
  const place = new Map(now.groups.map((group) => [group, group.first]))
  const first = (line: Line) => (line.now === undefined ? Infinity : place.get(line.now)!)
  return lines.toSorted((a, b) => {
    const [x, y] = [first(a), first(b)]
    return x === y ? compareValues(a.values, b.values) : x - y
  })
}

function withOther(lines: readonly Line[], rest: readonly Line[], question: Question): Line[] {
  if (rest.length === 0) return [...lines]
  const values = question.labels.map(() => OTHER)
  const groups = (of: 'now' | 'before') => rest.map((line) => line[of]).filter((group) => group !== undefined)
  const [now, before] = [groupOf(values, groups('now')), groupOf(values, groups('before'))]
  return [...lines, { values, other: true, now, before }]
}
