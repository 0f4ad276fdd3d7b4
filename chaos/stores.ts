import type { Opens } from './field.ts'
import { sqlite } from './stores/sqlite.ts'

/** Stores that a history can be run on; another one is a file in stores/ and a line here. */
export const STORES: ReadonlyMap<string, Opens> = new Map([['sqlite', sqlite]])
