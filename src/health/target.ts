import type { CheckFunction } from './check.ts'
import { diskCheck, type DiskTarget } from './checks/disk.ts'
import { httpCheck, type HttpTarget } from './checks/http.ts'
import { refuse } from './refuse.ts'

/** What `metrics.check` takes: a function, `{ http }`, `{ disk }`, or a client of the app's own that we know. */
export type CheckTarget = CheckFunction | HttpTarget | DiskTarget | object

/** The check for a client of a driver that we know; undefined for what is none. */
export type Recognise = (target: unknown) => CheckFunction | undefined

const KNOWN =
  "Give a function, { http: 'https://…' }, { disk: '/folder' }, or the app's own client: " +
  'a pool of pg, postgres or mysql2, a client of ioredis, redis, mongodb or SQLite, { sql: client }, { queue }.'

/** The check for a target; throws `bad_option` that lists what is known. Some clients are functions, so they come first. */
export function targetOf(where: string, target: unknown, recognise: Recognise): CheckFunction {
  const known = recognise(target)
  if (known !== undefined) return known
  if (typeof target === 'function') return target as CheckFunction
  if (typeof target === 'object' && target !== null) {
    if ('http' in target) return httpCheck(where, target as HttpTarget)
    if ('disk' in target) return diskCheck(where, target as DiskTarget)
  }
  return refuse(where, `is ${nameOf(target)}`, KNOWN)
}

function nameOf(target: unknown): string {
  if (typeof target !== 'object' || target === null) return target === null ? 'null' : `a ${typeof target}`
  const { constructor } = target
  const name = typeof constructor === 'function' && constructor !== Object ? constructor.name : ''
  if (name !== '') return `a ${name}, which is not known`
  return `an object with ${Object.keys(target).slice(0, 5).join(', ') || 'nothing in it'}, which is not known`
}
