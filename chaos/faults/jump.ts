import { renameSync, writeFileSync } from 'node:fs'
import { alone } from '../alone.ts'
import type { Fault } from '../fault.ts'

/** By so many seconds, which a history runs through faster: within a minute, over some, over an hour, a day. */
const JUMPS = [0.5, 3, 9, 70, 1_500] as const

/** The clock of all processes jumps, as the system tells it, and back again. Timers go on: they look at another one. */
export const jump: Fault = alone({
  name: 'clock-jump',
  weight: 3,
  possible: ({ field }) => field.clock !== undefined,
  async strike({ field }, random) {
    set(field.clock!, random.pick(JUMPS) * (random.chance(0.5) ? 1 : -1))
    return async () => set(field.clock!, 0)
  },
})

/** At once: a clock that is read while it is written would be none. */
function set(file: string, seconds: number): void {
  writeFileSync(`${file}.next`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`)
  renameSync(`${file}.next`, file)
}
