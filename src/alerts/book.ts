import type { Labels } from '../core/labels.ts'
import type { Alert } from './alert.ts'
import type { BudgetState } from './budget.ts'
import type { AlertState } from './machine.ts'

/** The document that holds everything about alerts: states and what is still to be sent are written together. */
export const BOOK = 'alerts'

/** One group of a rule that is not simply ok, or the rule itself. */
export interface GroupEntry extends AlertState {
  readonly group: Labels
}

/** A rule in the book. Unix ms. */
export interface RuleEntry {
  /** First and last evaluation. */
  first: number
  last: number
  /** Of the last value: the worst of all groups. */
  value: number | null
  /** Evaluations that failed in a row, and why. */
  errors: number
  error: string | null
  groups: Map<string, GroupEntry>
  budget: BudgetState | null
}

/** What is owed to one channel of one alert. */
export interface Delivery {
  readonly channel: string
  tries: number
  /** Unix ms: of the first try (0 before it), and when to try next. */
  first: number
  at: number
  /** It has fired and is over, and neither was told. */
  both?: boolean
}

/** An alert that somebody has not had yet. */
export interface OutboxEntry {
  readonly alert: Alert
  to: Delivery[]
}

/** How a channel stands; times in Unix ms. */
export interface ChannelEntry {
  /** What it was disabled for, and as what it was configured then. */
  disabled: { readonly code: string; readonly at: number; readonly mark: string } | null
  /** Nothing is sent before: the receiver asks for it. */
  notBefore: number
  /** The ten minutes that messages are counted in, how many there were, and whether the rest of them was put into one. */
  windowStart: number
  sent: number
  summed: boolean
  /** Alerts that had no room. */
  dropped: number
  lastOk: number
  lastCode: string | null
}

/** An alert that never arrived. */
export interface DeadLetter {
  readonly id: string
  readonly channel: string
  readonly rule: string
  readonly type: string
  readonly title: string
  /** Unix ms: of the alert, and when it was given up. */
  readonly time: number
  readonly at: number
  readonly tries: number
  readonly code: string
}

/** What happened, for people to look up. */
export interface Past {
  readonly id: string
  readonly time: number
  readonly type: string
  readonly rule: string
  readonly group: Labels
  readonly value: number | null
}

/** Everything about alerts that outlives a process. */
export interface Book {
  /** Of the leader that wrote it. */
  epoch: number
  readonly rules: Map<string, RuleEntry>
  outbox: OutboxEntry[]
  readonly channels: Map<string, ChannelEntry>
  dead: DeadLetter[]
  deadCount: number
  history: Past[]
  /** Local date of the last daily summary. */
  digest: string | null
}

/** The most that the book holds. */
export const MOST = { groups: 500, allGroups: 1_000, outbox: 500, dead: 100, history: 100 } as const

export function emptyBook(): Book {
  return {
    epoch: 0,
    rules: new Map(),
    outbox: [],
    channels: new Map(),
    dead: [],
    deadCount: 0,
    history: [],
    digest: null,
  }
}

/** The rule's entry, made if there is none. */
export function ruleEntry(book: Book, name: string, now: number): RuleEntry {
  let entry = book.rules.get(name)
  if (entry === undefined) {
    entry = { first: now, last: 0, value: null, errors: 0, error: null, groups: new Map(), budget: null }
    book.rules.set(name, entry)
  }
  return entry
}

/** The channel's entry, made if there is none. */
export function channelEntry(book: Book, name: string): ChannelEntry {
  let entry = book.channels.get(name)
  if (entry === undefined) {
    const never = { notBefore: 0, windowStart: 0, sent: 0, lastOk: 0 }
    entry = { ...never, disabled: null, summed: false, dropped: 0, lastCode: null }
    book.channels.set(name, entry)
  }
  return entry
}

/** The book as a document. */
export function writeBook(book: Book): string {
  const rules = [...book.rules].map(([name, entry]) => [name, { ...entry, groups: [...entry.groups] }])
  return JSON.stringify({ ...book, rules, channels: [...book.channels] })
}

/** A document as a book; an empty one for what cannot be read. */
export function readBook(text: string | undefined): Book {
  const empty = emptyBook()
  if (text === undefined) return empty
  try {
    const {
      rules = [],
      channels = [],
      ...rest
    } = JSON.parse(text) as {
      rules?: [string, Omit<RuleEntry, 'groups'> & { groups: [string, GroupEntry][] }][]
      channels?: [string, ChannelEntry][]
    }
    const read = rules.map(([name, entry]) => [name, { ...entry, groups: new Map(entry.groups) }] as const)
    return { ...empty, ...rest, rules: new Map(read), channels: new Map(channels) }
  } catch {
    // Written by a newer version, or by nobody we know: alerts begin anew rather than never.
    return empty
  }
}

/** Everything of all rules that fires. */
export function firing(book: Book): number {
  let count = 0
  for (const { groups } of book.rules.values()) {
    for (const { startsAt } of groups.values()) if (startsAt !== null) count++
  }
  return count
}
