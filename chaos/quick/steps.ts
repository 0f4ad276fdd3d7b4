import type { World } from './world.ts'
import type { Writer } from './writer.ts'

/** One thing that happens; gives what to write down of it. */
export interface Step {
  readonly name: string
  readonly weight: number
  take(world: World, writer: Writer): unknown
}

/** Everything that happens in a quick history, and how often. */
export const STEPS: readonly Step[] = [
  { name: 'track', weight: 8, take: (world, writer) => world.track(writer) },
  { name: 'flush', weight: 6, take: (world, writer) => world.begin(() => writer.flush()) },
  { name: 'flush and wait', weight: 3, take: (_, writer) => writer.flush() },
  { name: 'wait', weight: 6, take: (world) => world.wait() },
  { name: 'maintain', weight: 3, take: (world, writer) => world.begin(() => writer.maintain()) },
  { name: 'seal', weight: 3, take: (world) => world.begin(() => world.seal(0, 0)) },
  { name: 'seal badly', weight: 2, take: (world) => world.begin(() => world.seal(0.05, 0)) },
  { name: 'seal ahead', weight: 1, take: (world) => world.begin(() => world.seal(0, 90_000)) },
  { name: 'rest', weight: 2, take: (world) => world.rest() },
  { name: 'kill', weight: 1, take: (world, writer) => (writer.kill(), world.start().id) },
  { name: 'start', weight: 0.5, take: (world) => world.living.length < 4 && world.start().id },
  { name: 'freeze', weight: 0.7, take: (_, writer) => ((writer.frozen = true), writer.id) },
  { name: 'resume', weight: 1.5, take: (world) => resume(world) },
  { name: 'trouble', weight: 1, take: (world, writer) => (writer.link.trouble = world.random.pick([0.1, 0.4, 1])) },
  { name: 'well again', weight: 2, take: (_, writer) => (writer.link.trouble = 0) },
  { name: 'skew', weight: 0.7, take: (world, writer) => (writer.skew = world.random.whole(-90_000, 90_000)) },
  { name: 'leap', weight: 0.2, take: (world, writer) => (writer.skew = world.random.whole(-7_200_000, 600_000)) },
]

function resume(world: World): unknown {
  const frozen = world.all.filter((writer) => writer.frozen && !writer.link.dead)
  if (frozen.length === 0) return undefined
  const writer = world.random.pick(frozen)
  writer.frozen = false
  return writer.id
}
