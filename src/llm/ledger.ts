import type { Draft, Field } from '../core/event.ts'
import { type Labels, labelValue } from '../core/labels.ts'
import { looksSecret, REDACTED } from '../core/redact.ts'
import type { Registry } from '../core/registry.ts'
import { Tail } from '../core/tail.ts'
import type { Clock } from '../core/time.ts'
import type { Guard } from '../guard.ts'
import { BACKGROUND, OVERFLOW, STORED } from '../names.ts'
import { type Call, isUnused, type Price, type Usage } from './call.ts'
import type { Origin } from './origin.ts'
import { Undecided } from './undecided.ts'

/** What a Ledger writes into. */
export interface LedgerOptions {
  readonly registry: Registry
  readonly clock: Clock
  readonly guard: Guard
  readonly instance: string
  /** Labels that every event carries, as every series does. */
  readonly constant: Labels
  readonly redact: boolean
  /** Share of events kept. */
  readonly sample: number
}

/** A call whose price is known, as far as it can be. */
export interface Priced {
  readonly call: Call
  readonly price: Price
  readonly origin: Origin | undefined
  /** Unix ms: when it was over. */
  readonly at: number
}

const TAIL = { burst: 5_000, perSecond: 20 }
/** A response names its model: nobody's list bounds that, so the label is. */
const MODELS = 200

/** Writes calls, their tokens and their costs into series, and an event for each. */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #tail: Tail
  readonly #models = new Set<string>()
  readonly #undecided: Undecided

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#tail = new Tail({ ...TAIL, sample: options.sample })
    this.#undecided = new Undecided(() => options.clock.monotonic())
  }

  /** Records one call, as soon as its endpoint is known. */
  enter(priced: Priced): void {
    this.#undecided.write(priced.origin, () => this.#write('llm', () => this.#enter(priced)))
  }

  /** Records what waits for its endpoint and has it by now, or has waited long enough; with `all` the rest too. */
  settle(all: boolean): void {
    this.#undecided.settle(all)
  }

  /** Nothing waits for its endpoint from here on. */
  close(): void {
    this.#undecided.close()
  }

  #enter(priced: Priced): void {
    const { call, price, origin, at } = priced
    const { registry } = this.#options
    const labels = this.#labels(call, origin)
    const pricing = pricingOf(call, price)
    registry.series(STORED.llmCalls, { ...labels, status: call.outcome, pricing }).observe(1, at)
    for (const [type, count] of tokensOf(call.usage)) {
      if (count > 0) registry.series(STORED.llmTokens, { ...labels, type }).observe(count, at)
    }
    const cost = costOf(call, price)
    if (cost !== null) {
      const tools = Math.min(price.tools, cost)
      registry.series(STORED.llmCost, { ...labels, pricing }).observe(cost - tools, at)
      if (tools > 0) registry.series(STORED.llmCost, { ...labels, pricing, type: 'tools' }).observe(tools, at)
    }
    if (call.outcome === 'ok' && call.duration >= 0) this.#latency(labels, call.duration, at)
    this.#event(priced, labels, pricing, cost)
  }

  /** A call that was seen, but of which nothing could be read. */
  untracked(host: string): void {
    const { registry, clock } = this.#options
    registry.series(STORED.llmUntracked, { host: labelValue(host) }).observe(1, clock.now())
  }

  /** What something other than a model cost, in nano-dollars. */
  other(kind: string, nano: number, labels: Labels, origin: Origin | undefined): void {
    const { registry, clock } = this.#options
    const at = clock.now()
    const enter = (): void => {
      const all = {
        endpoint: this.#text(origin?.endpoint ?? BACKGROUND),
        ...this.#feature(origin),
        ...labels,
        kind: this.#text(kind),
      }
      registry.series(STORED.otherCost, all).observe(nano, at)
    }
    this.#undecided.write(origin, () => this.#write('cost', enter))
  }

  drain(): Draft[] {
    return this.#tail.drain()
  }

  #write(what: string, write: () => void): void {
    this.#options.guard.run(what, write, undefined)
  }

  #latency({ endpoint = '', provider = '', model = '' }: Labels, duration: number, at: number): void {
    const series = this.#options.registry.series(STORED.llmLatency, { endpoint, provider, model })
    series.observe(Math.round(duration * 1000), at)
  }

  #labels(call: Call, origin: Origin | undefined): Labels {
    return {
      endpoint: this.#text(origin?.endpoint ?? BACKGROUND),
      provider: this.#text(call.provider || 'unknown'),
      model: this.#model(call.model || call.requestedModel || 'unknown'),
      ...this.#feature(origin),
    }
  }

  #feature(origin: Origin | undefined): Labels {
    return origin?.feature === undefined ? {} : { feature: this.#text(origin.feature) }
  }

  #model(name: string): string {
    const text = this.#text(shortened(name))
    if (this.#models.has(text)) return text
    if (this.#models.size < MODELS) {
      this.#models.add(text)
      return text
    }
    this.#options.guard.once('llm models', `more than ${MODELS} models were called: further ones are ${OVERFLOW}`)
    return OVERFLOW
  }

  #text(value: string): string {
    const text = labelValue(value)
    return this.#options.redact && looksSecret(text) ? REDACTED : text
  }

  #event({ call, price, origin, at }: Priced, labels: Labels, pricing: string, cost: number | null): void {
    this.#tail.push(this.#options.clock.monotonic(), () => {
      const { endpoint = '', provider = '', model = '', ...feature } = labels
      const tokens = Object.fromEntries(tokensOf(call.usage).map(([type, count]) => [`${type}_tokens`, count]))
      const fields: Record<string, Field> = {
        endpoint,
        provider,
        model,
        requested_model: call.requestedModel === '' ? null : this.#text(shortened(call.requestedModel)),
        operation: call.operation,
        stream: call.stream,
        ...tokens,
        cost_usd: cost === null ? null : dollars(cost),
        pricing,
        price_source: price.source,
        outcome: call.outcome,
        status: call.status,
        duration_ms: call.duration < 0 ? null : rounded(call.duration),
        first_byte_ms: call.first < 0 ? null : rounded(call.first),
        user: origin?.user === undefined ? null : this.#text(origin.user),
        instance: this.#options.instance,
      }
      const all = { ...this.#options.constant, ...feature }
      return { kind: 'llm', time: at, name: model, value: 1, labels: all, fields }
    })
  }
}

/** Types that add up to all tokens: what is read from or written to the cache is not `input`, reasoning not `output`. */
function tokensOf(usage: Usage | null): readonly (readonly [type: string, count: number])[] {
  if (usage === null) return []
  const written = usage.write5m + usage.write1h
  return [
    ['input', Math.max(0, usage.input - usage.cached - written)],
    ['cached', usage.cached],
    ['cache_write', written],
    ['output', Math.max(0, usage.output - usage.reasoning)],
    ['reasoning', usage.reasoning],
  ]
}

/** What nobody knows is not 0. */
function costOf(call: Call, price: Price): number | null {
  return isUnused(call) ? 0 : price.nano
}

function pricingOf(call: Call, price: Price): string {
  if (isUnused(call)) return 'exact'
  if (price.nano !== null) return price.pricing
  if (call.incomplete || call.outcome !== 'ok') return 'incomplete'
  return call.usage === null ? 'unknown' : 'unpriced'
}

/** A fine-tuned model's name ends with its organisation and an id: `ft:gpt-4o-mini:acme::8f3k` is `ft:gpt-4o-mini`. */
function shortened(model: string): string {
  return model.startsWith('ft:') ? model.split(':', 2).join(':') : model
}

/** Nano-dollars as dollars. */
export function dollars(nano: number): number {
  return Math.round(nano) / 1e9
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
