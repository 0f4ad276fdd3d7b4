import type { Fault } from '../fault.ts'

/** A process ends without a word, as when memory runs out, and is started again. */
export const kill: Fault = {
  name: 'kill',
  weight: 3,
  possible: ({ crew }) => crew.hands.some(({ lives }) => lives),
  async strike({ crew }, random) {
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    hand.signal('SIGKILL')
    await hand.gone()
    return () => hand.start()
  },
}
