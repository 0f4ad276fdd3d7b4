import type { Point } from '../../core/point.ts'
import { STORED } from '../../names.ts'
import type { Group, Measure } from '../../query/fold.ts'

const OUTCOMES = ['ok', 'error', 'aborted'] as const
const PRICINGS = ['exact', 'estimated', 'incomplete', 'unpriced', 'unknown'] as const
const TOKENS = ['input', 'cached', 'cache_write', 'output', 'reasoning'] as const
/** Where what is in the overflow series goes. */
const CALLS_SLOTS = OUTCOMES.length * PRICINGS.length + 1
const TOKENS_SLOTS = TOKENS.length + 1
const COST_SLOTS = (PRICINGS.length + 1) * 2

/** What is folded of calls of models; `Tally` knows the slots. */
export const LLM_MEASURES: readonly Measure[] = [
  { metric: STORED.llmCalls.name, detail: false, slots: CALLS_SLOTS, key: 'outcomes', slot: callSlot },
  { metric: STORED.llmTokens.name, detail: false, slots: TOKENS_SLOTS, key: 'types', slot: tokenSlot },
  { metric: STORED.llmCost.name, detail: false, slots: COST_SLOTS, key: 'pricings', slot: costSlot },
]

/** What is folded of other costs. */
export const OTHER_MEASURES: readonly Measure[] = [
  { metric: STORED.otherCost.name, detail: false, slots: 1, key: 'all', slot: () => 0 },
]

function callSlot(labels: ReadonlyMap<string, string>): number {
  const outcome = OUTCOMES.indexOf(labels.get('status') as (typeof OUTCOMES)[number])
  const pricing = pricingAt(labels)
  return outcome < 0 || pricing === PRICINGS.length ? CALLS_SLOTS - 1 : outcome * PRICINGS.length + pricing
}

function tokenSlot(labels: ReadonlyMap<string, string>): number {
  const type = TOKENS.indexOf(labels.get('type') as (typeof TOKENS)[number])
  return type < 0 ? TOKENS.length : type
}

function costSlot(labels: ReadonlyMap<string, string>): number {
  return pricingAt(labels) * 2 + (labels.get('type') === 'tools' ? 1 : 0)
}

function pricingAt(labels: ReadonlyMap<string, string>): number {
  const pricing = PRICINGS.indexOf(labels.get('pricing') as (typeof PRICINGS)[number])
  return pricing < 0 ? PRICINGS.length : pricing
}

/** Counts, tokens and nano-dollars of some calls: all whole numbers, so that rows add up to their total exactly. */
export class Tally {
  /** Calls of models, and all that cost something. */
  calls = 0
  requests = 0
  errors = 0
  aborted = 0
  /** Calls whose price nobody knows; whose usage the provider did not send; that used more than is known. */
  unpriced = 0
  missing = 0
  incomplete = 0
  estimated = 0
  /** Of the unpriced: the model is known, its usage is not. */
  blank = 0
  input = 0
  cached = 0
  written = 0
  output = 0
  reasoning = 0
  /** Nano-dollars. */
  llm = 0
  other = 0
  tools = 0
  guessed = 0
  /** Whether any price was known. */
  priced = false

  /** Nano-dollars in all. */
  get nano(): number {
    return this.llm + this.other
  }

  /** Dollars; null where there were calls and the price of none is known, which is not 0. */
  get value(): number | null {
    return !this.priced && this.unpriced + this.incomplete > 0 ? null : dollars(this.nano)
  }

  /** Whether nothing is missing from the cost. */
  get complete(): boolean {
    return this.unpriced + this.incomplete === 0
  }

  /** Takes in calls of models: of one span, or of all. */
  addLlm(group: Group, span: number | undefined): void {
    const at = (measure: number, slot: number): Point | undefined =>
      span === undefined ? group.whole(measure, slot) : group.at(measure, slot, span)
    const sum = (measure: number, slot: number): number => Math.round(at(measure, slot)?.total ?? 0)
    for (let slot = 0; slot < CALLS_SLOTS; slot++) this.#addCalls(slot, sum(0, slot))
    const [input = 0, cached = 0, written = 0, output = 0, reasoning = 0] = TOKENS.map((_, slot) => sum(1, slot))
    this.input += input + cached + written
    this.cached += cached
    this.written += written
    this.output += output + reasoning
    this.reasoning += reasoning
    for (let slot = 0; slot < COST_SLOTS; slot++) {
      const point = at(2, slot)
      if (point !== undefined && point.count > 0) this.#addCost(slot, Math.round(point.total))
    }
  }

  /** Takes in other costs. */
  addOther(group: Group, span: number | undefined): void {
    const point = span === undefined ? group.whole(0, 0) : group.at(0, 0, span)
    if (point === undefined || point.count === 0) return
    this.requests += point.count
    this.other += Math.round(point.total)
    this.priced = true
  }

  /** Takes in all of another. */
  add(from: Tally): void {
    for (const key of Object.keys(this) as (keyof Tally)[]) {
      const value = from[key]
      if (typeof value === 'number') (this as Record<string, unknown>)[key] = (this[key] as number) + value
    }
    this.priced ||= from.priced
  }

  #addCalls(slot: number, count: number): void {
    this.calls += count
    this.requests += count
    if (slot === CALLS_SLOTS - 1) return
    const outcome = OUTCOMES[Math.floor(slot / PRICINGS.length)]
    const pricing = PRICINGS[slot % PRICINGS.length]
    if (outcome === 'error') this.errors += count
    if (outcome === 'aborted') this.aborted += count
    if (pricing === 'unpriced' || pricing === 'unknown') this.unpriced += count
    if (pricing === 'estimated' || pricing === 'unknown') this.missing += count
    if (pricing === 'unknown') this.blank += count
    if (pricing === 'incomplete') this.incomplete += count
    if (pricing === 'estimated') this.estimated += count
  }

  #addCost(slot: number, nano: number): void {
    this.priced = true
    this.llm += nano
    if (slot % 2 === 1) this.tools += nano
    if (PRICINGS[slot >> 1] === 'estimated') this.guessed += nano
  }
}

/** Nano-dollars as dollars. */
export function dollars(nano: number): number {
  return Math.round(nano) / 1e9 + 0
}
