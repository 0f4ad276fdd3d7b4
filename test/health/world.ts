import type { TestContext } from 'node:test'
import type { CheckFunction, CheckOptions, Status } from '../../src/health/check.ts'
import { Health, type HealthParts } from '../../src/health/health.ts'
import { fakeClock, type FakeClock } from '../../src/testing.ts'

/** Until promises that are settled have been heard. */
export async function heard(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise(setImmediate)
}

/** A process whose time passes only when told. */
export class World {
  readonly clock: FakeClock = fakeClock()
  readonly lines: string[] = []
  readonly observed: [name: string, status: Status, ms: number][] = []
  /** Signs of life that the store knows. */
  readonly beats: Map<string, number> = new Map()
  drained = 0
  readonly health: Health

  constructor(t: TestContext, parts: Partial<HealthParts> = {}) {
    this.health = new Health({
      clock: this.clock,
      defaults: { interval: 10_000, timeout: 2_000, failAfter: 2, passAfter: 1 },
      manual: false,
      component: { release: '1.2.3', instance: 'host:1' },
      recognise: () => undefined,
      beats: { beat: (name, time) => this.beats.set(name, time), last: async (name) => this.beats.get(name) },
      say: (line) => this.lines.push(line),
      observed: (...one) => this.observed.push(one),
      draining: () => this.drained++,
      random: () => 0.5,
      ...parts,
    })
    t.after(() => this.health.end())
  }

  /** Adds checks and lets the first round pass. */
  async with(checks: Readonly<Record<string, CheckFunction | [CheckFunction, CheckOptions]>>): Promise<this> {
    for (const [name, one] of Object.entries(checks)) {
      if (typeof one === 'function') this.health.check(name, one)
      else this.health.check(name, one[0], one[1])
    }
    await this.pass(0)
    return this
  }

  /** Lets time go by in steps, so that what is due comes to pass. */
  async pass(ms: number, step: number = 500): Promise<void> {
    let left = ms
    do {
      this.clock.advance(Math.min(step, left))
      left -= step
      this.health.turn()
      await heard()
    } while (left > 0)
  }

  /** One check of the report. */
  row(name: string): ReturnType<Health['report']>['checks'][number] {
    const found = this.health.report().checks.find((row) => row.name === name)
    if (found === undefined) throw new Error(`there is no check ${name}`)
    return found
  }
}

/** A check that gives what it is told to. */
export function saying(first: unknown): { (): unknown; says: unknown; runs: number } {
  const check = Object.assign(
    () => {
      check.runs++
      if (check.says instanceof Error) throw check.says
      return check.says
    },
    { says: first, runs: 0 }
  )
  return check
}

export const never = (): Promise<never> => new Promise(() => undefined)
