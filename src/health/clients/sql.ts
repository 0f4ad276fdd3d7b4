import type { CheckFunction } from '../check.ts'
import { refuse, refuseUnknown } from '../refuse.ts'
import { can, has, held, isObject, isPlain } from './shape.ts'

/** A client that asks a database in SQL, whichever it is. */
export interface SqlTarget {
  readonly sql: object
}

type Recognise = (target: unknown) => CheckFunction | undefined

const ASK = 'SELECT 1'

/** What clients call it: Prisma; TypeORM, Sequelize and drivers; Drizzle on a server, and on SQLite. */
const METHODS = ['$queryRawUnsafe', 'query', 'execute', 'run'] as const

type Method = (typeof METHODS)[number]

/** The check for `{ sql: client }`. */
export function sql(target: object, recognise: Recognise): CheckFunction | undefined {
  if (!isPlain(target) || !has(target, 'sql')) return undefined
  refuseUnknown('{ sql }', target, ['sql'])
  const client = held(target, 'sql')
  const check = isObject(client) ? (recognise(client) ?? asked(client)) : undefined
  return check ?? refuse('{ sql }', 'is no client that asks in SQL', 'Give the client, or a function that asks.')
}

/** The check for a database of Drizzle: that of the client below it, which knows its pool, if we know it. */
export function drizzle(target: object, recognise: Recognise): CheckFunction | undefined {
  if (!can(target, 'select', 'transaction') || !has(target, 'dialect', 'session')) return undefined
  return recognise(held(target, '$client')) ?? asked(target)
}

function asked(client: object): CheckFunction | undefined {
  const name = METHODS.find((one) => can(client, one))
  return name && (() => (client as Record<Method, (text: string) => unknown>)[name](ASK))
}
