import type { CheckFunction } from '../check.ts'
import { can } from './shape.ts'
import { withSpare } from './spare.ts'

interface Kysely {
  executeQuery(query: object): Promise<unknown>
}

const ASK = 'SELECT 1'

/** What `sql.raw('SELECT 1')` of Kysely compiles to, in any dialect. */
const COMPILED = {
  sql: ASK,
  parameters: [],
  query: { kind: 'RawNode', sqlFragments: [ASK], parameters: [] },
  queryId: { queryId: 'pocketmetrics' },
}

/** The check for an instance of Kysely. */
export function kysely(target: object): CheckFunction | undefined {
  if (!can(target, 'executeQuery', 'selectFrom', 'getExecutor', 'destroy')) return undefined
  return withSpare(() => (target as Kysely).executeQuery(COMPILED))
}
