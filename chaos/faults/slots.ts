import { setTimeout as pause } from 'node:timers/promises'
import { alone } from '../alone.ts'
import type { Fault } from '../fault.ts'
import { PREFIX } from '../stores/redis.ts'

/** The slot of the store moves to another node while everybody writes, some keys at a time. */
export const slots: Fault = alone({
  name: 'move-slot',
  weight: 3,
  cuts: true,
  possible: ({ field }) => field.cluster !== undefined,
  async strike({ field }, random) {
    const steps = random.fork()
    let problem: unknown
    const moved = field
      .cluster!.move(`{${PREFIX}}`, () => pause(steps.whole(0, 200)))
      .catch((error: unknown) => (problem = error))
    return async () => {
      await moved
      if (problem !== undefined) throw new Error('the slot was not moved', { cause: problem })
    }
  },
})
