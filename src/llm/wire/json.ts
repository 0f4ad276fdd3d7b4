import type { Doc } from './sieve.ts'

/** The object, or an empty one. */
export function record(value: unknown): Doc {
  return isRecord(value) ? value : {}
}

/** Whether it is an object with keys. */
export function isRecord(value: unknown): value is Doc {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The items, or none. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The text, cut at 256 characters, or ''. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 256) : ''
}

/** The number, also where it is written as a text; 0 for what is none, or below 0. */
export function amount(value: unknown): number {
  const number = typeof value === 'string' && value.length < 32 ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : 0
}

/** The whole number of tokens, or 0. */
export function tokens(value: unknown): number {
  const number = Math.round(amount(value))
  return Number.isSafeInteger(number) ? number : 0
}

/** Whether there is any number. */
export function has(doc: Doc, key: string): boolean {
  return typeof doc[key] === 'number'
}
