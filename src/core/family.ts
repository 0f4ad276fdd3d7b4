import type { Series } from './series.ts'
import { DAY } from './time.ts'

/** What the registry must know of a metric. */
export interface MetricShape {
  readonly name: string
  readonly kind: string
  readonly unit: string
  readonly buckets: boolean
}

/** A metric and its series. */
export interface Family {
  readonly metric: MetricShape
  readonly id: string
  /** By canonical labels. */
  readonly series: Map<string, Series>
  overflow: Series | undefined
}

/** What becomes of series that are in use, and of those that are not. */
export interface Ageing {
  /** For how long it had no value, ms. */
  silence(series: Series): number
  /** It had one in the last days. */
  used(family: Family, series: Series, key: string): void
  /** It had none for longer than this, ms. */
  readonly forgetAfter: number
  forget(family: Family, series: Series, key: string): void
  /** Series of this metric were forgotten. */
  forgot(metric: string): void
}

/** Series looked at in one step. */
const STEP = 500
/** A round comes once a day, and may be late. */
const LATELY = 2 * DAY

/** Looks at each series once, some at each step, so that no turn of the event loop is long. */
export function* ageing(families: Map<string, Family>, what: Ageing): Generator<undefined> {
  let looked = 0
  for (const [name, family] of families) {
    const before = family.series.size
    for (const [key, series] of family.series) {
      const silence = what.silence(series)
      if (silence < LATELY) what.used(family, series, key)
      else if (silence > what.forgetAfter) what.forget(family, series, key)
      if (++looked % STEP === 0) yield
    }
    if (family.series.size === 0) families.delete(name)
    if (family.series.size < before) what.forgot(name)
  }
}
