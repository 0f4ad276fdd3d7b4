import type { Usage } from '../call.ts'

/** What is billed of a call, by kind: none is counted in two. */
export interface Counted {
  /** All input tokens: what long contexts are told by. */
  readonly input: number
  readonly tokens: ReadonlyMap<string, number>
  readonly units: ReadonlyMap<string, number>
  readonly tools: ReadonlyMap<string, number>
  /** The parts make the whole; otherwise they were cut down to it. */
  readonly sound: boolean
}

/** Takes a total apart, and notes when more is taken than there is. */
class Remainder {
  left: number
  sound = true

  constructor(total: number) {
    this.left = total
  }

  take(wanted: number): number {
    const taken = Math.min(wanted, this.left)
    if (taken < wanted) this.sound = false
    this.left -= taken
    return taken
  }
}

/** Splits a usage into what is billed at one rate each. Parts that exceed their whole are cut, never billed below zero. */
export function counted(usage: Usage): Counted {
  const numbers = tidy(usage)
  const input = new Remainder(numbers.input)
  const cachedAudio = input.take(Math.min(numbers.cachedAudio, numbers.cached))
  const cached = input.take(numbers.cached - cachedAudio)
  const write5m = input.take(numbers.write5m)
  const write1h = input.take(numbers.write1h)
  const inputAudio = input.take(Math.max(0, numbers.inputAudio - cachedAudio))
  const inputImage = input.take(numbers.inputImage)
  const output = new Remainder(numbers.output)
  const outputAudio = output.take(numbers.outputAudio)
  const outputImage = output.take(numbers.outputImage)
  const reasoning = output.take(numbers.reasoning)
  const tokens = { input: input.left, cached, write5m, write1h, inputAudio, cachedAudio, inputImage }
  return {
    input: numbers.input,
    tokens: used(Object.entries({ ...tokens, output: output.left, outputAudio, outputImage, reasoning })),
    units: used(listed(usage.units)),
    tools: used(listed(usage.tools).map(([name, count]) => [toolOf(name), count])),
    sound: numbers.whole && input.sound && output.sound && numbers.cachedAudio <= numbers.cached,
  }
}

const FIELDS = [
  'input', 'cached', 'write5m', 'write1h', 'inputAudio', 'cachedAudio', 'inputImage',
  'output', 'reasoning', 'outputAudio', 'outputImage',
] as const // prettier-ignore

type Numbers = Record<(typeof FIELDS)[number], number> & { whole: boolean }

/** The counts as whole numbers from 0; what is none counts as 0, and is told. */
function tidy(usage: Usage): Numbers {
  const numbers = { whole: true } as Numbers
  for (const field of FIELDS) {
    const value: unknown = usage[field]
    const count = amount(value)
    numbers[field] = Math.floor(count)
    if (value !== numbers[field]) numbers.whole = false
  }
  return numbers
}

const MOST = 1e12

function amount(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, MOST) : 0
}

function listed(counts: unknown): (readonly [string, number])[] {
  return counts instanceof Map ? [...counts].map(([name, count]) => [String(name), amount(count)] as const) : []
}

function used(entries: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [name, count] of entries) if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count)
  return counts
}

/** `web_search_requests` and `web_search_call` as `web_search`. */
function toolOf(name: string): string {
  return name.toLowerCase().replace(/_(?:requests?|calls?|preview(?:_\w+)?)$/, '')
}
