import { TIERS } from '../../core/tiers.ts'
import type { Size } from '../driver.ts'
import type { Session } from './session.ts'

/** What a row takes beside what was put: its header, and its entries in indexes. */
const ROW = { box: 140, small: 120, event: 150 }

/** What is kept, by its own size: what PostgreSQL has set free and not yet used again does not count. */
export async function sizeOf(session: Session): Promise<Size> {
  const { schema } = session
  const boxes = `SELECT shelf, count(*), sum(octet_length(numbers) + octet_length(detail))
    FROM ${schema}.boxes GROUP BY shelf`
  const newest = `SELECT pg_column_size(e.*) AS bytes FROM ${schema}.events e ORDER BY id DESC LIMIT 200`
  const others = `SELECT (SELECT count(*) FROM ${schema}.events), (SELECT avg(bytes) FROM (${newest}) n),
    (SELECT count(*) FROM ${schema}.claims), (SELECT count(*) + coalesce(sum(length(text)), 0) / ${ROW.small}
      FROM ${schema}.names),
    (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
      WHERE c.relnamespace = to_regnamespace('${schema}') AND c.relkind IN ('r', 'p'))`
  const [kept, [row = []]] = [(await session.again(boxes, [])).rows, (await session.again(others, [])).rows]
  const [events, width, claims, names, file] = row.map((value) => Number(value ?? 0))
  const tiers: Record<string, number> = { open: 0 }
  let bytes = (events ?? 0) * ((width ?? 0) + ROW.event) + ((claims ?? 0) + (names ?? 0)) * ROW.small
  for (const [shelf, count, sum] of kept) {
    const tier = Number(shelf) % 2 === 0 ? 'open' : (TIERS[(Number(shelf) - 1) / 2] ?? 'open')
    tiers[tier] = (tiers[tier] ?? 0) + Number(sum)
    bytes += Number(sum) + Number(count) * ROW.box
  }
  return { bytes: Math.round(bytes), fileBytes: file ?? 0, events: events ?? 0, claims: claims ?? 0, tiers }
}
