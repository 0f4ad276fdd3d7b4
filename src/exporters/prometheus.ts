import type { Family } from './families.ts'
import { breather } from '../core/breathe.ts'
import { escapeHelp, sampleValue } from './exposition.ts'
import { Sheets } from './sheets.ts'

/** A series as it stands: totals since the store began, in stored units. */
export interface Sample {
  /** From `labelText`: what stands between the braces. */
  readonly labels: string
  readonly count: number
  readonly sum: number
  readonly last: number
  /** Counts per bucket of the family's bounds (not yet cumulative), then those above the last. */
  readonly counts: ArrayLike<number> | undefined
}

/** Which of the two text formats, and its content type. */
export type Dialect = 'prometheus' | 'openmetrics'

export const CONTENT_TYPE: Readonly<Record<Dialect, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** So many series of a metric are in the order of their labels, however they came; sorting more takes too long for one turn. */
const SORTED = 2_000
/** Series between two looks at the clock. */
const STEP = 20
/** The longest number, the brace before it and the line's end take less. */
const NUMBER = 32

/** A family's series, some at a time: undefined asks for a breath. */
export type Samples = Iterable<Sample | undefined>

/** Writes families and their samples as text, giving way to the event loop while it does. */
export class Exposition {
  readonly #dialect: Dialect
  readonly #sheets = new Sheets()
  readonly #breathe = breather(1)
  #steps = 0

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** One family whole: its head and all its samples. */
  async family(family: Family, samples: Samples): Promise<void> {
    this.#head(family)
    const ends = family.bounds.map((value) => Buffer.from(`${bound(value)}"} `))
    let few: Sample[] | undefined = []
    for (const sample of samples) {
      if (sample === undefined) await this.#breathe()
      else if (few === undefined) this.#lines(family, sample, ends)
      else if (few.push(sample) > SORTED) {
        await this.#all(family, few, ends)
        few = undefined
      }
      if (++this.#steps % STEP === 0) await this.#breathe()
    }
    if (few !== undefined) await this.#all(family, few.sort(byLabels), ends)
  }

  /** All of it. */
  async end(): Promise<Uint8Array> {
    if (this.#dialect === 'openmetrics') this.#sheets.text('# EOF\n')
    const taking = this.#sheets.take()
    for (;;) {
      const taken = taking.next()
      if (taken.done === true) return taken.value
      await this.#breathe()
    }
  }

  #head(family: Family): void {
    const open = this.#dialect === 'openmetrics'
    const name = family.type === 'counter' && !open ? `${family.name}_total` : family.name
    this.#sheets.text(`# HELP ${name} ${escapeHelp(family.help, open)}\n# TYPE ${name} ${family.type}\n`)
    if (open && family.unit !== '') this.#sheets.text(`# UNIT ${name} ${family.unit}\n`)
  }

  async #all(family: Family, samples: readonly Sample[], ends: readonly Uint8Array[]): Promise<void> {
    for (const sample of samples) {
      this.#lines(family, sample, ends)
      if (++this.#steps % STEP === 0) await this.#breathe()
    }
  }

  #lines(family: Family, sample: Sample, ends: readonly Uint8Array[]): void {
    const { name, factor, type } = family
    const braced = sample.labels === '' ? '' : `{${sample.labels}}`
    if (type === 'gauge') return this.#sheets.text(`${name}${braced} ${sampleValue(scaled(sample.last, factor))}\n`)
    const sum = sampleValue(scaled(sample.sum, factor))
    if (type === 'counter') return this.#sheets.text(`${name}_total${braced} ${sum}\n`)
    if (type === 'histogram') this.#buckets(family, sample, ends)
    this.#sheets.text(`${name}_sum${braced} ${sum}\n${name}_count${braced} ${sample.count}\n`)
  }

  /** Most of a scrape is these lines, and they begin alike. */
  #buckets(family: Family, { labels, counts, count }: Sample, ends: readonly Uint8Array[]): void {
    const sheets = this.#sheets
    const start = `${family.name}_bucket{${labels === '' ? '' : `${labels},`}le="`
    const from = sheets.room((3 * start.length + 2 * NUMBER) * (ends.length + 1))
    sheets.text(start)
    const to = sheets.room(0)
    let below = 0
    for (let i = 0; i < ends.length; i++) {
      if (i > 0) sheets.again(from, to)
      below += counts?.[i] ?? 0
      sheets.bytes(ends[i]!)
      sheets.count(below)
      sheets.bytes(NEWLINE)
    }
    if (ends.length > 0) sheets.again(from, to)
    sheets.text(`+Inf"} ${count}\n`)
  }
}

const NEWLINE = Uint8Array.of(10)

function byLabels(a: Sample, b: Sample): number {
  return a.labels < b.labels ? -1 : 1
}

// OpenMetrics wants floats, and one spelling in both formats keeps the series the same when a scraper changes its Accept.
function bound(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** Scaling by a decimal factor must not leave `0.30000000000000004` behind. */
function scaled(value: number, factor: number): number {
  return factor === 1 ? value : Number((value * factor).toPrecision(15))
}
