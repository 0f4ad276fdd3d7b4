import type { Fault } from '../fault.ts'

/** A machine's clock is wrong by up to a minute and a half, and is put right again. */
export const skew: Fault = {
  name: 'skew',
  longest: 5_000,
  possible: ({ crew }) => crew.hands.some(({ lives }) => lives),
  async strike({ crew }, random) {
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    await hand.setClock(random.whole(-90_000, 90_000))
    return () => hand.setClock(0)
  },
}

/** A clock leaps by up to an hour, and back. */
export const leap: Fault = {
  name: 'leap',
  weight: 0.5,
  possible: ({ crew }) => crew.hands.some(({ lives }) => lives),
  async strike({ crew }, random) {
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    await hand.setClock(random.whole(-3_600_000, 600_000))
    return () => hand.setClock(0)
  },
}
