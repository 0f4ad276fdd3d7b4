import type { Labels } from '../core/labels.ts'
import { labelKeys } from '../query/columns.ts'
import type { Row } from '../query/row.ts'
import type { Answer } from '../storage/store.ts'
import type { Where } from './rule.ts'

/** The answer of GET /metrics/query, as far as rules need it. */
export interface Answered {
  readonly agg: string | null
  readonly unit: string | null
  readonly warning: string | null
  readonly total: number | null
  readonly previous_total: number | null
  readonly data: readonly Row[]
}

/** Asks a question of the grammar, of `query` or of another route; rejects with what is wrong. */
export type Ask = (params: readonly (readonly [string, string])[], route?: string) => Promise<Answered>

/** What is asked: times are Unix ms. */
export interface Asked {
  readonly metric: string
  readonly aggregate: string | null
  readonly from: number
  readonly to: number
  readonly where: Where
  readonly groupBy: readonly string[]
}

/** A value of one group. */
export interface Seen {
  readonly group: Labels
  readonly value: number | null
  /** How many values it comes of; null where that was not told. */
  readonly samples: number | null
}

/** Values of all groups; `counted`: a group that is not there had none, which is 0. */
export interface Sight {
  readonly seen: readonly Seen[]
  readonly counted: boolean
  /** The aggregate that was read. */
  readonly aggregate: string | null
  /** Why there may be nothing. */
  readonly warning: string | null
}

const COUNTED: ReadonlySet<string> = new Set(['sum', 'count', 'rate', 'unique'])
const MOST_ROWS = '1000'

/** The values of a metric over a time, by group. */
export async function sight(asked: Asked, ask: Ask): Promise<Sight> {
  const { metric, aggregate, from, to, where, groupBy } = asked
  const { data, agg, warning } = await ask([
    ['metric', metric],
    ['from', String(Math.round(from))],
    ['to', String(Math.round(to))],
    ...(aggregate === null ? [] : [['agg', aggregate] as const]),
    ...(groupBy.length === 0 ? [] : [['group_by', groupBy.map((label) => `label.${label}`).join(',')] as const]),
    ...Object.entries(where).map(([label, value]) => [`label.${label}`, [value].flat().join(',')] as const),
    ['limit', MOST_ROWS],
  ])
  const read = agg?.split(',')[0] ?? null
  const seen = data.map((row): Seen => {
    const { value, count = null } = row as { value: number | null; count?: number | null }
    return { group: groupOf(row, groupBy), value, samples: count }
  })
  return { seen, counted: read !== null && COUNTED.has(read), aggregate: read, warning }
}

function groupOf(row: Row, groupBy: readonly string[]): Labels {
  const keys = labelKeys(groupBy)
  return Object.fromEntries(groupBy.map((label, at) => [label, String(row[keys[at]!] ?? '')]))
}

/** What an answer says; throws where it is none, with its code. */
export function readAnswer(answer: Answer): Answered {
  const body = JSON.parse(new TextDecoder().decode(answer.body)) as Answered & { error?: string; message?: string }
  if (answer.status === 200) return body
  throw Object.assign(new Error(body.message ?? 'there is no answer'), { code: body.error ?? 'unavailable' })
}
