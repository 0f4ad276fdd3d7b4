import type { Fault } from '../fault.ts'

/** A process is told to end, as at each deploy, and loses nothing; then the next one starts. */
export const term: Fault = {
  name: 'term',
  weight: 2,
  possible: ({ crew }) => crew.hands.some(({ lives }) => lives),
  async strike({ crew }, random) {
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    hand.signal('SIGTERM')
    await hand.gone()
    return () => hand.start()
  },
}

/** Told to end, and killed before it could: an impatient supervisor. */
export const impatient: Fault = {
  name: 'impatient',
  possible: ({ crew }) => crew.hands.some(({ lives }) => lives),
  async strike({ crew }, random) {
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    hand.signal('SIGTERM')
    // Not the next one in its place.
    const timer = setTimeout(() => hand.signal('SIGKILL'), random.whole(0, 60))
    await hand.gone()
    clearTimeout(timer)
    return () => hand.start()
  },
}
