import { MetricsError } from '../errors.ts'
import { near } from './near.ts'
import { LIMITS } from './question.ts'

/** Name and value of each query parameter, decoded, in the order in which they came. */
export type Params = readonly (readonly [string, string])[]

/** Names that are no labels; `also` names those of one route. */
const RESERVED: readonly string[] = (
  'metric from to group_by agg per tz fill compare top order limit offset page ' +
  'shape format strict sample token before_id since_id bom'
).split(' ')
/** Lists: said twice, both hold. */
const LISTS = new Set(['metric', 'group_by', 'agg'])

/** Parameters, the known ones apart from the rest. */
export interface Sorted {
  readonly known: ReadonlyMap<string, string>
  /** Perhaps filters. */
  readonly rest: Params
  /** One sentence for each that looks like a misspelt one. */
  readonly warnings: readonly string[]
}

/** Sorts parameters; empty ones are as good as absent, of one that is said twice the last holds. */
export function sort(params: Params, also: readonly string[] = []): Sorted {
  const size = params.reduce((sum, [key, value]) => sum + key.length + value.length + 2, 0)
  if (size > LIMITS.parameters) {
    throw new MetricsError('too_large', `The parameters take ${size} characters.`, {
      hint: `At most ${LIMITS.parameters} are read. Ask for less at once.`,
    })
  }
  const names = new Set([...RESERVED, ...also])
  const known = new Map<string, string>()
  const rest: (readonly [string, string])[] = []
  for (const [key, value] of params) {
    if (!names.has(key)) rest.push([key, value])
    else if (value.trim() === '') continue
    else known.set(key, LISTS.has(key) && known.has(key) ? `${known.get(key)},${value}` : value.trim())
  }
  return { known, rest, warnings: rest.flatMap(([key]) => misspelt(key, names)) }
}

function misspelt(key: string, names: Iterable<string>): string[] {
  if (key.length < 3) return []
  const meant = near(key, names, key.length > 5 ? 2 : 1)
  return meant === undefined || meant === 'token'
    ? []
    : [`${key.slice(0, 64)} is not a parameter: did you mean ${meant}?`]
}

/** One of `words`, else MetricsError `code`; undefined when the parameter is absent. */
export function oneOf<T extends string>(
  known: ReadonlyMap<string, string>,
  parameter: string,
  words: readonly T[],
  code: 'bad_format' | 'bad_shape' | 'bad_agg' | 'bad_limit' | 'bad_time'
): T | undefined {
  const value = known.get(parameter)
  if (value === undefined) return undefined
  const word = words.find((each) => each === value) ?? words.find((each) => each === value.toLowerCase())
  if (word !== undefined) return word
  throw new MetricsError(code, `${parameter}=${value.slice(0, 64)} is not known.`, {
    parameter,
    hint: `Try one of: ${words.join(', ')}.`,
  })
}

/** A whole number from `min` to `max`, else MetricsError `bad_limit`; null when the parameter is absent. */
export function whole(known: ReadonlyMap<string, string>, parameter: string, min: number, max: number): number | null {
  const value = known.get(parameter)
  if (value === undefined) return null
  const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN
  if (number >= min && number <= max) return number
  throw new MetricsError(
    'bad_limit',
    `${parameter}=${value.slice(0, 64)} is not a whole number from ${min} to ${max}.`,
    {
      parameter,
      hint: number > max ? `Ask for at most ${max} and page on with offset.` : `Try ${parameter}=${Math.max(min, 10)}.`,
    }
  )
}

/** Whether a switch is on: `1`, `true`, `yes`. */
export function isOn(known: ReadonlyMap<string, string>, parameter: string): boolean {
  return ['1', 'true', 'yes', 'on'].includes(known.get(parameter)?.toLowerCase() ?? '')
}
