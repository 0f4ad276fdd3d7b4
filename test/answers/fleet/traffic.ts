import { DAY, HOUR, MINUTE } from '../../../src/core/time.ts'

/** One thing that an app does at a moment. */
export type Act = { readonly at: number } & (
  | {
      readonly kind: 'request'
      readonly method: string
      readonly route: string
      readonly status: number
      readonly ms: number
    }
  | { readonly kind: 'open'; readonly route: string }
  | {
      readonly kind: 'track'
      readonly name: string
      readonly value: number
      readonly labels: Labels
      readonly id?: string
    }
  | { readonly kind: 'count'; readonly name: string; readonly value: number; readonly labels: Labels }
  | { readonly kind: 'gauge'; readonly name: string; readonly value: number; readonly labels: Labels }
  | { readonly kind: 'measure'; readonly name: string; readonly value: number; readonly labels: Labels }
  | { readonly kind: 'unique'; readonly id: string; readonly labels: Labels }
  | { readonly kind: 'work'; readonly ms: number; readonly fails: boolean }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'cost'; readonly name: string; readonly usd: number; readonly labels: Labels }
  | {
      readonly kind: 'model'
      readonly model: string
      readonly input: number
      readonly output: number
      readonly feature: string
    }
  | { readonly kind: 'deploy'; readonly version: string }
)

type Labels = Readonly<Record<string, string>>

/** When everything ends, and questions are asked: two days after the end of summer time in Berlin. */
export const NOW: number = Date.parse('2026-10-27T10:37:20Z')
/** When the processes start. */
export const START: number = NOW - 3 * DAY

/** Random numbers in [0, 1) that are the same for a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Moments at which all processes have come equally far: some minutes every five hours, the last hour by twenty seconds. */
export function steps(): number[] {
  const found: number[] = []
  for (let at = START + HOUR; at < NOW - 2 * HOUR; at += 5 * HOUR) {
    for (let minute = 1; minute <= 3; minute++) found.push(at + minute * 50_000)
  }
  for (let at = NOW - HOUR; at < NOW - 4 * MINUTE; at += 8 * MINUTE) found.push(at)
  for (let at = NOW - 3 * MINUTE; at <= NOW; at += 20_000) found.push(at)
  return found
}

/** What happens until each step, in order; no two things at the same moment. */
export function traffic(seed: number, perStep: number): Act[][] {
  const draw = random(seed)
  let before = START
  return steps().map((end, step) => {
    const from = Math.max(before + 1, end - 45_000)
    before = end
    const gap = Math.floor((end - 1_000 - from) / perStep)
    const acts = Array.from({ length: perStep }, (_, place): Act => {
      // A request takes less than the gap, so that what follows does not come before its end.
      return act(draw, from + place * gap + Math.floor(draw() * (gap / 4)), gap / 2)
    })
    return [...acts.map(identified(step)), ...marks(step, end)]
  })
}

/** Every other step repeats the ids of the one before, as retries do: who came first is the same for everybody. */
function identified(step: number): (act: Act) => Act {
  let count = 0
  return (act) => (act.kind === 'track' && act.id !== undefined ? { ...act, id: `order-${step >> 1}-${count++}` } : act)
}

/** What happens once. */
function marks(step: number, end: number): Act[] {
  const at = end - 500
  if (step === 10 || step === 30) return [{ at, kind: 'deploy', version: `v1.${step}` }]
  return end > NOW - 2 * MINUTE && end <= NOW - MINUTE ? [{ at, kind: 'open', route: '/events' }] : []
}

const ROUTES = [
  '/',
  '/users/:id',
  '/orders',
  '/orders/:id',
  '/search',
  '/reports/:year',
  '/healthy',
  'unmatched',
] as const

function act(draw: () => number, at: number, longest: number): Act {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(draw() ** 1.5 * from.length)]!
  const cents = (most: number): number => Math.floor(draw() * most * 100) / 100
  const plan = { plan: pick(['pro', 'team', 'free', 'a,b="c" \\d']) }
  const kind = draw()
  if (kind < 0.4) {
    const ms = Math.round(Math.min(longest, 2 + 30 * draw() + (draw() < 0.1 ? 2_000 * draw() : 0)) * 1000) / 1000
    const status = pick([200, 200, 201, 204, 302, 404, 500, 503])
    return { at, kind: 'request', method: pick(['GET', 'POST', 'DELETE']), route: pick(ROUTES), status, ms }
  }
  if (kind < 0.55) return { at, kind: 'track', name: 'revenue', value: cents(200) - 20, labels: plan }
  if (kind < 0.6) return { at, kind: 'track', name: 'orders', value: 1 + Math.floor(draw() * 9), labels: {}, id: '' }
  if (kind < 0.68)
    return {
      at,
      kind: 'count',
      name: 'jobs',
      value: 1 + Math.floor(draw() * 5),
      labels: { queue: pick(['mail', 'sms', 'pdf']) },
    }
  if (kind < 0.74)
    return {
      at,
      kind: 'gauge',
      name: 'depth',
      value: Math.floor(draw() * 50),
      labels: { queue: pick(['mail', 'sms', 'pdf', 'push']) },
    }
  if (kind < 0.8)
    return {
      at,
      kind: 'measure',
      name: 'upload_bytes',
      value: Math.floor(10 ** (draw() * 7)),
      labels: { region: pick(['eu', 'us', 'ap']) },
    }
  if (kind < 0.88) return { at, kind: 'unique', id: `user-${Math.floor(draw() * 3_000)}`, labels: plan }
  if (kind < 0.91) return { at, kind: 'work', ms: Math.round(draw() * longest), fails: draw() < 0.3 }
  if (kind < 0.94) return { at, kind: 'error', message: pick(['no answer', 'not found', 'too late']) }
  if (kind < 0.97)
    return {
      at,
      kind: 'cost',
      name: pick(['sms', 'maps']),
      usd: Math.floor(draw() * 1e6) / 1e7,
      labels: { to: pick(['de', 'us']) },
    }
  const [input, output] = [Math.floor(draw() * 5_000), Math.floor(draw() * 900)]
  return {
    at,
    kind: 'model',
    model: pick(['gpt-4o', 'gpt-4o-mini']),
    input,
    output,
    feature: pick(['chat', 'summary']),
  }
}
