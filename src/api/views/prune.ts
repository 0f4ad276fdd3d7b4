import { TIERS, type Tier } from '../../core/tiers.ts'
import { duration } from '../../core/units.ts'
import { MetricsError } from '../../errors.ts'
import type { Reader, Row } from '../../query/query.ts'
import type { Ask } from '../../storage/store.ts'
import { type Page, param } from '../page.ts'

type What = 'events' | Tier

const ALL: readonly What[] = ['events', ...TIERS]
const KNOWN: ReadonlySet<string> = new Set(['older_than', 'what', 'dry_run', 'format', 'shape'])
const DELETED = 'What was deleted does not come back.'

/** Deletes what is older than asked, or than it is kept for; with `dry_run=1` only counts it. */
export async function prune(ask: Ask, reader: Reader): Promise<Page> {
  for (const [name] of ask.params) if (!KNOWN.has(name)) throw unknown(name)
  if (reader.prune === undefined) throw new MetricsError('unavailable', 'This store deletes by age alone.')
  const dry = flag(ask)
  const age = older(ask)
  const rows: Row[] = []
  for (const what of chosen(ask)) {
    const kept = what === 'events' ? reader.events : reader.kept[what]
    const before = ask.now - (age ?? kept ?? 0)
    const done = await reader.prune({ what, before, dry })
    const time = new Date(Math.max(0, done.before)).toISOString()
    rows.push({ id: what, what, before: time, deleted: dry ? 0 : done.count, would_delete: dry ? done.count : null })
  }
  const envelope = { dry_run: dry, row_count: rows.length, warning: dry ? null : DELETED }
  return { envelope, rows, next: null, total: rows.length, name: 'prune', ids: false }
}

function chosen(ask: Ask): readonly What[] {
  const text = param(ask, 'what')
  if (text === undefined) return ALL
  const asked = new Set(text.split(',').map((one) => one.trim()))
  const strange = [...asked].find((one) => !ALL.includes(one as What))
  if (strange === undefined) return ALL.filter((one) => asked.has(one))
  const hint = `Choose of: ${ALL.join(', ')}.`
  throw new MetricsError('bad_filter', `what=${strange.slice(0, 64)} is not known.`, { parameter: 'what', hint })
}

function older(ask: Ask): number | undefined {
  const text = param(ask, 'older_than')
  if (text === undefined) return undefined
  const ms = duration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new MetricsError('bad_time', `older_than=${text.slice(0, 64)} is no age.`, {
    parameter: 'older_than',
    hint: 'Give a duration such as older_than=30d or older_than=12h.',
  })
}

function flag(ask: Ask): boolean {
  const text = param(ask, 'dry_run')?.toLowerCase() ?? '0'
  if (['1', 'true', 'yes'].includes(text)) return true
  if (['0', 'false', 'no'].includes(text)) return false
  throw new MetricsError('bad_filter', `dry_run=${text.slice(0, 64)} is neither yes nor no.`, {
    parameter: 'dry_run',
    hint: 'Send dry_run=1 to count only, dry_run=0 to delete.',
  })
}

function unknown(name: string): MetricsError {
  return new MetricsError('bad_filter', `There is no parameter ${name.slice(0, 64)} here.`, {
    parameter: name.slice(0, 64),
    hint: 'Known are older_than, what and dry_run.',
  })
}
