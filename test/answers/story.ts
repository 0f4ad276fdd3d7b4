import fc from 'fast-check'
import { MINUTE } from '../../src/core/time.ts'
import type { Plain } from './model.ts'
import type { Definition, Observation, World } from './world.ts'

const VISITORS: Definition = { name: 'visitors', kind: 'unique', unit: 'count', buckets: false }
const METRICS: readonly Definition[] = [
  { name: 'sales', kind: 'counter', unit: 'USD', buckets: true },
  { name: 'depth', kind: 'gauge', unit: 'count', buckets: false },
  { name: 'seconds', kind: 'histogram', unit: 's', buckets: true },
  VISITORS,
]

/** One thing that happens to a store. */
export type Step =
  /** A writer puts what it recorded; perhaps half of it first, perhaps all of it once more. */
  | { readonly put: number; readonly twice: boolean; readonly halfFirst: boolean }
  /** Somebody seals, as if it were so many minutes ago. */
  | { readonly sealed: number }

/** Everything that was recorded, by slices each of which one writer puts at once, and what happens in which order. */
export interface Story {
  readonly slices: readonly { readonly writer: string; readonly observations: readonly Observation[] }[]
  readonly steps: readonly Step[]
}

/** Stories of several writers that end at `now` and begin some days before, some of it late, some of it twice. */
export function stories(now: number, days: number): fc.Arbitrary<Story> {
  const minutes = days * 1440
  const ago = fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 600 }),
    fc.integer({ min: 0, max: minutes })
  )
  const labels = fc.constantFrom<Observation['labels'][]>(
    { plan: 'pro' },
    { plan: 'free' },
    { plan: 'pro', place: 'x,y="z"' },
    {}
  )
  const observation = fc.record({
    metric: fc.constantFrom(...METRICS),
    labels,
    value: fc.oneof(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 1, max: 99_999 }).map((cents) => cents / 100)
    ),
    at: fc
      .tuple(ago, fc.integer({ min: 1, max: 59_999 }))
      .map(([minute, ms]) => Math.floor(now / MINUTE) * MINUTE - minute * MINUTE - ms),
  })
  // So few ids that most of them come again.
  const recorded = observation.map((each) =>
    each.metric === VISITORS ? { ...each, value: Math.floor(each.value % 8) } : each
  )
  const slice = fc.record({
    writer: fc.constantFrom('a', 'b', 'c'),
    observations: fc.array(recorded, { minLength: 1, maxLength: 15 }),
  })
  const step = fc.record({
    twice: fc.boolean(),
    halfFirst: fc.boolean(),
    seal: fc.option(fc.integer({ min: 0, max: 300 }), { nil: null }),
  })
  return fc.array(fc.tuple(slice, step), { minLength: 1, maxLength: 8 }).map((all) => ({
    // A writer is one process start: each slice has its own, or two slices would share a minute.
    slices: apart(all.map(([{ writer, observations }], i) => ({ writer: `${writer}${i}`, observations }))),
    steps: all.flatMap(([, { seal, ...rest }], put): Step[] => [
      { put, ...rest },
      ...(seal === null ? [] : [{ sealed: seal }]),
    ]),
  }))
}

/** No two values at the same moment: which of them was the last one nobody could say. */
function apart(slices: Story['slices']): Story['slices'] {
  const taken = new Set<number>()
  const free = (at: number): number => (taken.has(at) ? free(at - 1) : (taken.add(at), at))
  return slices.map(({ writer, observations }) => ({
    writer,
    observations: observations.map((each) => ({ ...each, at: free(each.at) })),
  }))
}

/** Lets a story happen. */
export async function tell(story: Story, world: World, now: number): Promise<void> {
  for (const step of story.steps) {
    if ('sealed' in step) {
      await world.seal(now - step.sealed * MINUTE)
      continue
    }
    const { writer, observations } = story.slices[step.put]!
    if (step.halfFirst) await world.put(writer, observations.slice(0, observations.length / 2), false)
    await world.put(writer, observations)
    if (step.twice) await world.put(writer, observations)
  }
}

/** A reply is lost when all has been sealed already: everything is put once more. */
export async function retell(story: Story, world: World): Promise<void> {
  for (const { writer, observations } of story.slices) await world.put(writer, observations)
}

/** Questions that go with these stories. */
export function questions(): fc.Arbitrary<Plain> {
  const agg = {
    sales: ['sum', 'count', 'avg', 'min', 'max', 'last', 'p50', 'p95'],
    depth: ['sum', 'count', 'avg', 'min', 'max', 'last'],
    seconds: ['sum', 'count', 'avg', 'min', 'max', 'p50', 'p95'],
    visitors: ['unique', 'count'],
  } as const
  return fc.constantFrom(...(['sales', 'depth', 'seconds', 'visitors'] as const)).chain((metric) =>
    fc.record({
      metric: fc.constant(metric),
      agg: fc.constantFrom<Plain['agg'][]>(...agg[metric]),
      bucket: fc.constantFrom<Plain['bucket'][]>('15m', 'hour', 'day', 'week', 'month', null),
      labels: fc.subarray(['plan', 'place']),
      filter: fc.constantFrom<Plain['filter'][]>(null, ['plan', 'pro'], ['plan', '!pro'], ['place', 'none']),
      tz: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'),
    })
  )
}
