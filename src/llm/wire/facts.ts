import { NO_USAGE, type Usage } from '../call.ts'
import type { Route } from './route.ts'
import type { Doc } from './sieve.ts'

/** What has been read of an answer so far. */
export interface Facts {
  /** The provider that the shape of the answer gives away; '' where it is anybody's. */
  provider: string
  model: string
  usage: Usage | null
  /** The provider's own words for it, where later events add to them. */
  raw: Doc
  tier: string
  region: string
  reported: number | null
  /** The answer says that it failed. */
  failed: boolean
  /** Its last event is here: what the client does after it is no abort. */
  finished: boolean
  /** The model has ended, though usage may still come. */
  ended: boolean
  /** The form of the answer has an end of its own, so one without it was cut off. */
  hasEnd: boolean
  /** Pieces of text, and their bytes. */
  pieces: number
  size: number
  /** The response is made in the background, and can be asked for by this id. */
  pending: string
  /** Who read the last document: probably the next is written alike. */
  dialect: Dialect | undefined
  /** What other models used for the same answer. */
  readonly others: { readonly model: string; readonly usage: Usage }[]
}

/** What is known at the beginning. */
export function noFacts(): Facts {
  return {
    provider: '',
    model: '',
    usage: null,
    raw: {},
    tier: '',
    region: '',
    reported: null,
    failed: false,
    finished: false,
    ended: false,
    hasEnd: false,
    pieces: 0,
    size: 0,
    pending: '',
    dialect: undefined,
    others: [],
  }
}

/** One way in which providers write their answers. */
export interface Dialect {
  /** Reads a document into `facts`; false: it is not written in this dialect, and nothing was changed. */
  read(doc: Doc, facts: Facts, asked: Asked): boolean
}

/** What the request tells a dialect. */
export interface Asked {
  readonly route: Route
  /** Whether the answer comes in pieces. */
  readonly stream: boolean
  /** How many answers were wanted. */
  readonly choices: number
}

/** A usage of these parts; the parts of the input never add up to more than the input. */
export function usageOf(parts: Partial<Usage>): Usage {
  const usage = { ...NO_USAGE, ...parts }
  const cache = usage.cached + usage.write5m + usage.write1h
  return {
    ...usage,
    // Some gateways leave the cache out of the input, as Anthropic does, in a form that includes it.
    input: cache > usage.input ? usage.input + cache : usage.input,
    output: Math.max(usage.output, usage.reasoning),
    cachedAudio: Math.min(usage.cachedAudio, usage.cached, usage.inputAudio),
  }
}

/** What two parts of one answer used together. */
export function sumOf(one: Usage, other: Usage): Usage {
  const sum = { ...one } as Record<string, unknown>
  for (const [key, value] of Object.entries(other)) {
    const known: unknown = sum[key]
    if (typeof value === 'number') sum[key] = (known as number) + value
    else sum[key] = merged(known as Counts, value as Counts)
  }
  return sum as unknown as Usage
}

type Counts = ReadonlyMap<string, number>

function merged(one: Counts, other: Counts): Counts {
  const all = new Map(one)
  for (const [name, count] of other) all.set(name, (all.get(name) ?? 0) + count)
  return all
}

/** Counts of things by name, without those that are 0. */
export function counts(of: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(of).filter(([, count]) => count > 0))
}

/** One piece of text of `size` bytes has come. */
export function heard(facts: Facts, size: unknown): void {
  if (typeof size !== 'number' || size === 0) return
  facts.pieces++
  facts.size += size
}
