import type { CheckFunction, CheckResult } from '../check.ts'
import { has } from './shape.ts'
import { withSpare } from './spare.ts'

interface Prisma {
  $queryRawUnsafe(sql: string): Promise<unknown>
}

/** The check for a client of Prisma over a database that speaks SQL. */
export function prisma(target: object): CheckFunction | undefined {
  if (!has(target, '$queryRawUnsafe', '$connect', '$disconnect')) return undefined
  return withSpare(async () => {
    try {
      await (target as Prisma).$queryRawUnsafe('SELECT 1')
      return undefined
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      const failed: CheckResult = { status: 'fail', code, message: String((error as Error).message) }
      return failed
    }
  })
}

// Prisma's own code says only that a raw query has failed.
function codeOf(error: unknown): string | undefined {
  const { meta } = error as { meta?: { driverAdapterError?: { cause?: { originalCode?: unknown; kind?: unknown } } } }
  const cause = meta?.driverAdapterError?.cause
  const code = cause?.originalCode ?? cause?.kind
  return typeof code === 'string' ? code : undefined
}
