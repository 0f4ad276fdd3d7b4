import { type Money, NOTHING, plus, times } from './money.ts'
import { PER, type Rates, usd } from './rates.ts'
import type { Counted } from './usage.ts'

/** What the parts of a call cost, and what of it nobody has a price for. */
export interface Bill {
  /** Tokens and units; null: none of them has a price. */
  readonly used: Money | null
  readonly tools: Money
  /** Some of what was used has no price: the sum is a lower bound. */
  readonly partial: boolean
}

/** Whose price a kind has where its own is not listed. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  cached: ['input'],
  write5m: ['input'],
  inputAudio: ['input'],
  cachedAudio: ['inputAudio', 'cached', 'input'],
  inputImage: ['input'],
  reasoning: ['output'],
  outputAudio: ['output'],
  outputImage: ['output'],
}

interface Priced {
  sum: Money
  known: number
  unknown: number
}

/** Bills what was counted at the rates of its model. `claude`: an hour in the cache is billed as twice the input where no price is listed. */
export function billed(
  counted: Counted,
  rates: Rates,
  claude: boolean,
  fee: (tool: string) => number | undefined
): Bill {
  const tools = toll(counted, rates, fee)
  const rest = { tools: tools.sum, partial: tools.unknown > 0 }
  if (Object.keys(rates).length === 0) return { used: NOTHING, ...rest }
  const tokens = priced(counted.tokens, (kind) => tokenPrice(kind, rates, counted.input, claude))
  const units = priced(atLeast(counted.units, rates), (kind) => usd(rates, kind, counted.input))
  const requests = priced(new Map([['requests', 1]]), (kind) => usd(rates, kind, counted.input))
  // Some responses tell tokens beside what is billed, others seconds or images beside tokens.
  const known = tokens.known + units.known + requests.known
  const nothing = counted.tokens.size === 0 && counted.units.size === 0 && isByToken(rates)
  if (known === 0 && !nothing) return { used: null, ...rest }
  const short = units.known > 0 ? false : tokens.unknown > 0
  const sum = plus(plus(tokens.sum, units.sum), requests.sum)
  return { used: sum, tools: tools.sum, partial: rest.partial || short || isShortHour(counted, rates, claude) }
}

function isByToken(rates: Rates): boolean {
  return rates['input'] !== undefined || rates['output'] !== undefined
}

/** A longer stay in the cache costs more than a short one, but how much is not listed. */
function isShortHour({ tokens }: Counted, rates: Rates, claude: boolean): boolean {
  return tokens.has('write1h') && !claude && rates['write1h'] === undefined && rates['write5m'] !== undefined
}

function tokenPrice(kind: string, rates: Rates, input: number, claude: boolean): number | undefined {
  const own = usd(rates, kind, input)
  if (own !== undefined) return own
  if (kind === 'write1h') {
    const base = usd(rates, 'input', input)
    return claude && base !== undefined ? base * 2 : (usd(rates, 'write5m', input) ?? base)
  }
  for (const other of INSTEAD[kind] ?? []) {
    const price = usd(rates, other, input)
    if (price !== undefined) return price
  }
  return undefined
}

function priced(counts: ReadonlyMap<string, number>, price: (kind: string) => number | undefined): Priced {
  const out: Priced = { sum: NOTHING, known: 0, unknown: 0 }
  for (const [kind, count] of counts) {
    const each = price(kind)
    const per = PER[kind]
    if (each === undefined || per === undefined) out.unknown++
    else {
      out.known++
      out.sum = plus(out.sum, times(count, each, per))
    }
  }
  return out
}

function toll({ tools }: Counted, rates: Rates, fee: (tool: string) => number | undefined): Priced {
  const out: Priced = { sum: NOTHING, known: 0, unknown: 0 }
  for (const [tool, count] of tools) {
    const each = usd(rates, tool, 0) ?? fee(tool)
    if (each === undefined) out.unknown++
    else out.sum = plus(out.sum, times(count, each, 1000n))
  }
  return out
}

/** Some providers bill ten seconds of sound at least. */
function atLeast(units: ReadonlyMap<string, number>, rates: Rates): ReadonlyMap<string, number> {
  const least = usd(rates, 'leastSeconds', 0)
  const seconds = units.get('seconds')
  return least === undefined || seconds === undefined
    ? units
    : new Map([...units, ['seconds', Math.max(seconds, least)]])
}
