import { type Call, type Price, type Pricing, UNPRICED } from '../call.ts'
import { billed } from './bill.ts'
import { type Factor, regionIn, regionOf, tierOf } from './modes.ts'
import { type Money, nano, scaled } from './money.ts'
import type { Rates } from './rates.ts'
import { feeOf } from './tools.ts'
import { counted } from './usage.ts'

/** The rates at which a call is billed, and who serves it. */
export interface Tariff {
  readonly rates: Rates
  /** Id of the row. */
  readonly row: string
  /** Whose fees and modes hold. */
  readonly seller: string
  readonly source: 'override' | 'overlay' | 'snapshot'
  /** One region of a cloud, a tenth dearer. */
  readonly regional?: boolean
  /** The rates are those of a similar model, or of what is usual. */
  readonly guess?: boolean
}

const SURE: Factor = { times: [1, 1], sure: true, least: false }

/** What a call costs at a tariff, in whole nano-dollars; the sum is exact, and half a nano-dollar is rounded up. */
export function charge(call: Call, tariff: Tariff): Price {
  if (call.usage === null) return UNPRICED
  const { rates, row, seller, source } = tariff
  const usage = counted(call.usage)
  const bill = billed(usage, rates, row.includes('claude'), (tool) => feeOf(seller, tool))
  if (bill.used === null) return UNPRICED
  const tier = tierOf(seller, row, String(call.tier ?? ''))
  // A price of your own is what you say it is, unless we know what a tier makes of it.
  const factor = source === 'override' && (!tier.sure || tier.least) ? SURE : tier
  const used = scaled(inRegion(bill.used, call, tariff), factor.times)
  const tools = nano(bill.tools)
  const sure = usage.sound && factor.sure && tariff.guess !== true
  const whole = !bill.partial && !factor.least
  return { nano: nano(used) + tools, tools, pricing: pricingOf(call, sure, whole), source }
}

function inRegion(sum: Money, call: Call, { seller, row, regional }: Tariff): Money {
  if (regional === true) return scaled(sum, [11, 10])
  return scaled(sum, regionOf(seller, row, String(call.region || regionIn(String(call.host)))))
}

/** A lower bound is told before a guess: it is the one that a budget must know. */
function pricingOf(call: Call, sure: boolean, whole: boolean): Pricing {
  if (call.incomplete || !whole) return 'incomplete'
  return call.estimated || !sure ? 'estimated' : 'exact'
}
