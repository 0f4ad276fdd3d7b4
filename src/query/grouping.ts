import { isLabelKey } from '../core/labels.ts'
import { MetricsError } from '../errors.ts'
import { LIMITS, type Unit, type Width } from './question.ts'

const WORDS: Readonly<Record<string, Unit>> = {
  minute: 'm',
  hour: 'h',
  day: 'd',
  week: 'w',
  month: 'M',
  quarter: 'Q',
  year: 'y',
}
/** What a number of units may be, so that buckets begin with the hour, the day or their own unit. */
const DIVIDES: Readonly<Partial<Record<Unit, number>>> = { m: 60, h: 24 }

/** Widths that `auto` chooses from, narrowest first. */
export const AUTO: readonly Width[] = ['1m', '5m', '15m', '1h', '6h', '1d', '1w', '1M', '1Q', '1y'].map((name) =>
  width(name)!
)

/** Splits `group_by` into at most one bucket and at most three labels; MetricsError `bad_group_by`. */
export function parseGroupBy(text: string): { bucket: Width | 'auto' | null; labels: string[] } {
  const buckets: (Width | 'auto')[] = []
  const labels = new Set<string>()
  for (const part of text.split(',')) {
    const word = part.trim()
    if (word === '') continue
    const bucket = word === 'auto' ? 'auto' : width(word)
    if (bucket !== undefined) buckets.push(bucket)
    else labels.add(labelOf(word))
  }
  if (new Set(buckets.map((bucket) => (bucket === 'auto' ? bucket : bucket.name))).size > 1) {
    throw wrong('group_by has two widths of time.', 'Keep one of them: group_by=day,endpoint.')
  }
  if (labels.size > LIMITS.labels) {
    throw wrong(`group_by has ${labels.size} labels.`, `At most ${LIMITS.labels} can be grouped by at once.`)
  }
  return { bucket: buckets[0] ?? null, labels: [...labels] }
}

/** The width that a word stands for: `day`, `days`, `5m`, `6h`, `1d`; undefined for what can only be a label. */
function width(word: string): Width | undefined {
  const name = word.toLowerCase().replace(/s$/, '')
  const unit = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined
  if (unit !== undefined) return { name, unit, count: 1 }
  const match = /^(\d{1,4})(mo|[smhdwqy])$/i.exec(word)
  if (match === null) return undefined
  const [count, text] = [Number(match[1]), match[2]!]
  const of: Unit =
    text === 'M' || /^mo$/i.test(text) ? 'M' : text === 'Q' || text === 'q' ? 'Q' : (text.toLowerCase() as Unit)
  const most = DIVIDES[of]
  if (of === 's' || count < 1 || (most === undefined ? count !== 1 : most % count !== 0)) {
    throw wrong(
      `group_by=${word} is not a width of time.`,
      'Try 1m 5m 15m 30m 1h 6h 12h, day, week, month, quarter or year: minutes must divide the hour, hours the day.'
    )
  }
  return { name: `${count}${of}`, unit: of, count }
}

function labelOf(word: string): string {
  const key = word.startsWith('label.') ? word.slice('label.'.length) : word
  if (isLabelKey(key)) return key
  throw wrong(
    `group_by=${word.slice(0, 64)} is neither a width of time nor a label.`,
    'Try group_by=hour, group_by=endpoint or both: group_by=hour,endpoint.'
  )
}

function wrong(message: string, hint: string): MetricsError {
  return new MetricsError('bad_group_by', message, { parameter: 'group_by', hint })
}
