import { DAY } from '../../core/time.ts'
import { FROM } from './edition.ts'

/** How old the prices are, as every answer about costs tells it. */
export interface PriceAge {
  /** The day of the catalogue that prices come from. */
  readonly as_of: string
  readonly age_days: number
  /** Older than 45 days: prices may have changed since. */
  readonly stale: boolean
  /** How many prices of your own there are. */
  readonly overrides: number
  readonly source: string
}

const STALE = 45

/** How old the catalogue of a day is; `refreshed`: it is newer than the one that came with the package. */
export function ageOf(asOf: string, now: number, overrides: number, refreshed: boolean): PriceAge {
  const days = Math.max(0, Math.floor((now - Date.parse(asOf)) / DAY))
  const source = refreshed ? `${FROM.split(' ')[0]}, refreshed` : FROM
  return { as_of: asOf, age_days: days, stale: days > STALE, overrides, source }
}
