import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Call, NO_USAGE, type Price, type Usage } from '../../../src/llm/call.ts'
import { Prices } from '../../../src/llm/prices/prices.ts'

/** A day after all prices of these tests began, a Friday at noon. */
export const NOW: number = Date.parse('2026-11-20T12:00:00Z')

/** A call that answered, with this usage. */
export function called(provider: string, model: string, usage: Partial<Usage> | null, more: Partial<Call> = {}): Call {
  return {
    provider,
    requestedModel: '',
    model,
    operation: 'chat',
    stream: false,
    outcome: 'ok',
    status: 200,
    time: NOW,
    duration: 900,
    first: 300,
    usage: usage && { ...NO_USAGE, ...usage },
    estimated: false,
    incomplete: false,
    tier: '',
    region: '',
    reported: null,
    host: '',
    ...more,
  }
}

/** Counts of tools or units. */
export const counts = (of: Readonly<Record<string, number>>): ReadonlyMap<string, number> => new Map(Object.entries(of))

/** The price list that ships. */
export const prices: Prices = new Prices()

/** One case worked out by hand: millionths of a dollar, as tokens times USD per million come out. */
export function costs(name: string, call: Call, micros: number, pricing: Price['pricing'] = 'exact'): void {
  test(name, async () => {
    await prices.load()
    const price = prices.price(call)
    assert.equal(price.nano, Math.round(micros * 1000))
    assert.equal(price.pricing, pricing)
  })
}
