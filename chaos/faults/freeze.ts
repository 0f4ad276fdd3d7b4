import type { Fault } from '../fault.ts'

/** A process stands still, with all it holds: a paused container, a debugger, a machine that swaps. */
export const freeze: Fault = {
  name: 'freeze',
  longest: 4_000,
  possible: ({ crew }) => crew.hands.some(({ lives }) => lives),
  async strike({ crew }, random) {
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    const { pid } = hand
    hand.signal('SIGSTOP')
    return async () => {
      if (hand.pid === pid) hand.signal('SIGCONT')
    }
  },
}

/** The same for so long that the others take it for dead, and seal what it has begun. */
export const coma: Fault = { ...freeze, name: 'coma', weight: 0.4, longest: 16_000 }
