import { DAY } from '../../core/time.ts'
import { after, floor } from '../../query/calendar.ts'
import type { Reader, Row } from '../../query/query.ts'
import type { Filter } from '../../query/question.ts'
import type { Zone } from '../../query/zone.ts'
import { spent } from './lines.ts'
import { dollars, Tally } from './tally.ts'

const MONTH = { name: 'month', unit: 'M', count: 1 } as const

/**
 * What the month has cost so far, and what it comes to if it goes on like that. On its first day an hour says too little:
 * the day is then taken as a whole.
 */
export async function monthOf(filters: readonly Filter[], reader: Reader, now: number, zone: Zone): Promise<Row> {
  const start = floor(now, MONTH, zone)
  const end = after(start, MONTH, zone)
  const { lines } = await spent(
    { spans: { starts: [start], ends: [Math.max(now, start + 1)] }, labels: [], filters },
    reader,
    now
  )
  const sum = new Tally()
  for (const { whole } of lines) sum.add(whole)
  const elapsed = Math.min(Math.max(now - start, DAY), end - start)
  return {
    projected_month_usd: dollars((sum.nano / elapsed) * (end - start)),
    month_to_date_usd: dollars(sum.nano),
  }
}
