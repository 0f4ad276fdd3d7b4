/** Where a rule is, for one group. No data and errors are conditions of their own and leave it as it is. */
export type StateName = 'ok' | 'pending' | 'firing' | 'recovering'

/** What happened that is worth a message. */
export type Kind = 'firing' | 'resolved' | 'reminder' | 'no_data' | 'data'

/** All that is remembered of a rule and a group; times in ms. */
export interface AlertState {
  readonly state: StateName
  /** Unix ms: since when. */
  readonly since: number
  /** How long it has been bad (pending) or good (recovering), without the time in which nobody looked. */
  readonly held: number
  /** Unix ms: when it began to fire; null unless it does. */
  readonly startsAt: number | null
  readonly value: number | null
  /** How long ago there was a message about it, and how many reminders there were. */
  readonly quiet: number
  readonly reminders: number
  /** For how long there have been no data, and whether that was said. */
  readonly empty: number
  readonly emptySaid: boolean
  /** Unix ms: since when. */
  readonly emptySince: number | null
}

/** What an evaluation has found: a value, too few of them to judge by, or none. */
export type Finding = { readonly value: number | null; readonly bad: boolean; readonly good: boolean } | 'few' | 'none'

/** How a rule takes its time; ms. */
export interface Timing {
  readonly for: number
  readonly keepFiring: number
  readonly repeatEvery: number | null
  readonly noData: { readonly policy: 'keep' | 'ok' | 'alert'; readonly after: number }
}

/** The next state, and what is to be said; in this order. */
export interface Step {
  readonly state: AlertState
  readonly kinds: readonly Kind[]
}

/** The state before anything was found. */
export function fresh(now: number): AlertState {
  return {
    state: 'ok',
    since: now,
    held: 0,
    startsAt: null,
    value: null,
    quiet: 0,
    reminders: 0,
    empty: 0,
    emptySaid: false,
    emptySince: null,
  }
}

/**
 * One step: `elapsed` is the time that counts since the last one, by a clock that does not jump; `now` (Unix ms) is only
 * written down.
 */
export function next(before: AlertState, found: Finding, timing: Timing, elapsed: number, now: number): Step {
  const gap = withoutData(before, found, timing, elapsed, now)
  const state: AlertState = { ...before, ...gap.changes, quiet: before.quiet + elapsed }
  const judged = found === 'none' && timing.noData.policy === 'ok' ? { value: null, bad: false, good: true } : found
  const step = typeof judged === 'string' ? { state, kinds: [] } : judge(state, judged, timing, elapsed, now)
  return reminded({ state: step.state, kinds: [...gap.kinds, ...step.kinds] }, timing)
}

function withoutData(
  before: AlertState,
  found: Finding,
  { noData }: Timing,
  elapsed: number,
  now: number
): { readonly changes: Partial<AlertState>; readonly kinds: readonly Kind[] } {
  if (found !== 'none') {
    return { changes: { empty: 0, emptySaid: false, emptySince: null }, kinds: before.emptySaid ? ['data'] : [] }
  }
  const emptySince = before.emptySince ?? now
  const empty = before.emptySince === null ? 0 : before.empty + elapsed
  const says = noData.policy === 'alert' && !before.emptySaid && empty >= noData.after
  return { changes: { empty, emptySince, emptySaid: before.emptySaid || says }, kinds: says ? ['no_data'] : [] }
}

type Value = Exclude<Finding, string>

function judge(before: AlertState, found: Value, timing: Timing, elapsed: number, now: number): Step {
  const state: AlertState = { ...before, value: found.value }
  const held = state.held + elapsed
  switch (state.state) {
    case 'ok':
      return found.bad ? (timing.for === 0 ? fires(state, now) : enters(state, 'pending', now)) : { state, kinds: [] }
    case 'pending':
      if (!found.bad) return enters(state, 'ok', now)
      return held >= timing.for ? fires(state, now) : { state: { ...state, held }, kinds: [] }
    case 'firing':
      if (!found.good) return { state, kinds: [] }
      return timing.keepFiring === 0 ? resolves(state, now) : enters(state, 'recovering', now)
    case 'recovering':
      if (!found.good) return enters(state, 'firing', now)
      return held >= timing.keepFiring ? resolves(state, now) : { state: { ...state, held }, kinds: [] }
  }
}

function enters(state: AlertState, name: StateName, now: number): Step {
  // Back from recovering it has fired all along.
  const since = name === 'firing' ? (state.startsAt ?? now) : now
  return { state: { ...state, state: name, since, held: 0 }, kinds: [] }
}

function fires(state: AlertState, now: number): Step {
  const firing = { ...state, state: 'firing', since: now, held: 0, startsAt: now, quiet: 0, reminders: 0 } as const
  return { state: firing, kinds: ['firing'] }
}

/** Ends what fires; the message about it still knows when it began. */
export function resolves(state: AlertState, now: number): Step {
  const ok = { ...state, state: 'ok', since: now, held: 0, startsAt: null, quiet: 0, reminders: 0 } as const
  return { state: ok, kinds: ['resolved'] }
}

function reminded({ state, kinds }: Step, { repeatEvery }: Timing): Step {
  const due = state.startsAt !== null && repeatEvery !== null && state.quiet >= repeatEvery
  if (!due || kinds.includes('firing')) return { state, kinds }
  return { state: { ...state, quiet: 0, reminders: state.reminders + 1 }, kinds: [...kinds, 'reminder'] }
}
