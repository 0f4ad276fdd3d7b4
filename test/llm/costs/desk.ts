import { type Call, NO_USAGE, type Price, type Usage } from '../../../src/llm/call.ts'
import { Registry } from '../../../src/core/registry.ts'
import { Guard } from '../../../src/guard.ts'
import { LlmCollector, type Pricing } from '../../../src/llm/collector.ts'
import { Ledger } from '../../../src/llm/ledger.ts'
import { fakeClock, type FakeClock } from '../../../src/testing.ts'

/** A call of a chat model that went well. */
export function call(more: Partial<Omit<Call, 'usage'>> & { readonly usage?: Partial<Usage> | null } = {}): Call {
  const { usage = { input: 1000, output: 500 }, ...rest } = more
  return {
    provider: 'openai',
    requestedModel: 'gpt-4o',
    model: 'gpt-4o-2024-08-06',
    operation: 'chat',
    stream: false,
    outcome: 'ok',
    status: 200,
    time: Date.UTC(2026, 10, 22, 10, 30),
    duration: 812.5,
    first: 120,
    estimated: false,
    incomplete: false,
    tier: 'default',
    region: '',
    reported: null,
    host: 'api.openai.com',
    ...rest,
    usage: usage === null ? null : { ...NO_USAGE, ...usage },
  }
}

/** A price of so many nano-dollars. */
export function price(nano: number | null, more: Partial<Price> = {}): Price {
  return { nano, tools: 0, pricing: nano === null ? 'unpriced' : 'exact', source: 'snapshot', ...more }
}

/** What stands for a price list that is not there yet. */
export class Slow implements Pricing {
  loads = 0
  asked = 0
  give: Price = price(7_500_000)
  #open: (() => void) | undefined
  readonly #opened: Promise<void>

  constructor(ready: boolean = true) {
    this.#opened = ready ? Promise.resolve() : new Promise((resolve) => (this.#open = resolve))
  }

  arrive(): void {
    this.#open?.()
  }

  load(): Promise<void> {
    this.loads++
    return this.#opened
  }

  price(): Price {
    this.asked++
    return this.give
  }
}

/** A collector over a registry that can be read. */
export class Desk {
  readonly clock: FakeClock = fakeClock()
  readonly lines: string[] = []
  readonly drops: Map<string, number> = new Map()
  readonly guard: Guard = new Guard(this.clock, (line) => this.lines.push(line))
  readonly registry: Registry
  readonly ledger: Ledger
  readonly collector: LlmCollector

  constructor(prices: Pricing, more: { readonly sample?: number; readonly redact?: boolean } = {}) {
    this.registry = new Registry({
      writer: 'w',
      labels: {},
      maxSeries: 10_000,
      maxSeriesPerMetric: 1_000,
      overflow: '__overflow__',
      overflowed: () => undefined,
    })
    const { registry, clock, guard, drops } = this
    const { sample = 1, redact = true } = more
    this.ledger = new Ledger({ registry, clock, guard, instance: 'web-1', constant: { env: 'test' }, redact, sample })
    this.collector = new LlmCollector({ ledger: this.ledger, prices, clock, guard, drops })
  }

  /** Every series of a metric: its labels, and sum and count of what it took in. */
  series(metric: string): Record<string, string | number>[] {
    const names = new Map(this.registry.names(true).map(({ id, text }) => [id, JSON.parse(text) as Named]))
    return this.registry.windows.flatMap(({ filled }) =>
      filled
        .filter(({ series }) => names.get(series.metric)?.metric === metric)
        .map(({ series, point }) => ({ ...names.get(series.labels)?.labels, sum: point.total, count: point.count }))
    )
  }
}

interface Named {
  readonly metric?: string
  readonly labels?: Record<string, string>
}
