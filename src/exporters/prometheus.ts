import type { Family } from './families.ts'
import { breather } from '../core/breathe.ts'
import { escapeHelp, sampleValue } from './exposition.ts'

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

/** Writes families and their samples as text, giving way to the event loop while it does. */
export class Exposition {
  readonly #dialect: Dialect
  readonly #encoder = new TextEncoder()
  readonly #pieces: Uint8Array[] = []
  readonly #breathe = breather(2)
  #text = ''

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** One family whole: its head and all its samples. */
  async family(family: Family, samples: Iterable<Sample>): Promise<void> {
    this.#head(family)
    const ends = family.bounds.map((value) => `${bound(value)}"} `)
    for (const sample of ordered(samples)) {
      this.#text += lines(family, sample, ends)
      if (this.#text.length < 16_384) continue
      this.#cut()
      const pause = this.#breathe()
      if (pause !== undefined) await pause
    }
  }

  /** All of it. */
  end(): Uint8Array {
    if (this.#dialect === 'openmetrics') this.#text += '# EOF\n'
    this.#cut()
    return Buffer.concat(this.#pieces)
  }

  #cut(): void {
    this.#pieces.push(this.#encoder.encode(this.#text))
    this.#text = ''
  }

  #head(family: Family): void {
    const open = this.#dialect === 'openmetrics'
    const name = family.type === 'counter' && !open ? `${family.name}_total` : family.name
    this.#text += `# HELP ${name} ${escapeHelp(family.help, open)}\n# TYPE ${name} ${family.type}\n`
    if (open && family.unit !== '') this.#text += `# UNIT ${name} ${family.unit}\n`
  }
}

function* ordered(samples: Iterable<Sample>): Generator<Sample> {
  const few: Sample[] = []
  let sorted = true
  for (const sample of samples) {
    if (!sorted) yield sample
    else if (few.push(sample) > SORTED) {
      sorted = false
      yield* few
    }
  }
  if (sorted) yield* few.sort((a, b) => (a.labels < b.labels ? -1 : 1))
}

function lines(family: Family, sample: Sample, ends: readonly string[]): string {
  const { name, factor, type } = family
  const braced = sample.labels === '' ? '' : `{${sample.labels}}`
  if (type === 'gauge') return `${name}${braced} ${sampleValue(scaled(sample.last, factor))}\n`
  const sum = sampleValue(scaled(sample.sum, factor))
  if (type === 'counter') return `${name}_total${braced} ${sum}\n`
  const buckets = type === 'histogram' ? bucketLines(family, sample, ends) : ''
  return `${buckets}${name}_sum${braced} ${sum}\n${name}_count${braced} ${sample.count}\n`
}

function bucketLines(family: Family, sample: Sample, ends: readonly string[]): string {
  const start = `${family.name}_bucket{${sample.labels === '' ? '' : `${sample.labels},`}le="`
  let text = ''
  let below = 0
  for (let i = 0; i < ends.length; i++) {
    below += sample.counts?.[i] ?? 0
    text += `${start}${ends[i]!}${below}\n`
  }
  return `${text}${start}+Inf"} ${sample.count}\n`
}

// OpenMetrics wants floats, and one spelling in both formats keeps the series the same when a scraper changes its Accept.
function bound(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** Scaling by a decimal factor must not leave `0.30000000000000004` behind. */
function scaled(value: number, factor: number): number {
  return factor === 1 ? value : Number((value * factor).toPrecision(15))
}
