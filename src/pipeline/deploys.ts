import type { Event } from '../core/event.ts'
import type { Labels } from '../core/labels.ts'
import type { Deployed } from '../core/notes.ts'
import type { Store } from '../storage/store.ts'

/** What marking needs. */
export interface DeploysOptions {
  readonly store: Pick<Store, 'get' | 'swap' | 'put'>
  /** Taken from the front once marked. */
  readonly waiting: Deployed[]
  readonly instance: string
  /** Labels that every event carries. */
  readonly labels: Labels
}

/** A deploy that has its event: which release, when, and the how-manieth of that release. */
interface Mark {
  readonly release: string
  readonly at: number
  readonly number: number
}

const KEY = 'deploys'
/** Marks remembered, and races lost before it is left to the next flush. */
const MOST = 100
const TRIES = 20

/**
 * Makes one event of a deploy that many processes tell of. The event comes first, under a name that all of them give it,
 * so that the store keeps one; then the document that says so. Who dies in between is made up for by the next one.
 */
export class Deploys {
  readonly #options: DeploysOptions

  constructor(options: DeploysOptions) {
    this.#options = options
  }

  /** Marks what waits; rejects while the store does not take it, and keeps it for the next time. */
  async settle(): Promise<void> {
    const { waiting } = this.#options
    while (waiting[0] !== undefined) {
      await this.#mark(waiting[0])
      waiting.shift()
    }
  }

  async #mark(deployed: Deployed): Promise<void> {
    const { store } = this.#options
    for (let tries = 0; tries < TRIES; tries++) {
      const seen = await store.get(KEY)
      const marks = read(seen)
      if (isMarked(marks, deployed)) return
      const { release, time: at } = deployed
      const number = 1 + Math.max(0, ...marks.filter((mark) => mark.release === release).map((mark) => mark.number))
      await store.put({ boxes: [], names: [], events: [this.#event(deployed, number)], time: at })
      const next = [...marks, { release, at, number }].sort((a, b) => a.at - b.at).slice(-MOST)
      if (await store.swap(KEY, seen, JSON.stringify(next))) return
    }
    throw new Error(`the deploy of ${deployed.release} was not marked: others were faster ${TRIES} times`)
  }

  #event({ release, time, said }: Deployed, number: number): Event {
    const { instance, labels } = this.#options
    const fields = { release, automatic: !said, instance }
    return {
      writer: `deploy ${release}`,
      number,
      kind: 'deploy',
      time,
      name: release,
      value: 1,
      weight: 1,
      labels,
      fields,
    }
  }
}

/** A release found is marked the first time ever; one that the app says, unless it is what ran just before or came just after. */
function isMarked(marks: readonly Mark[], { release, time, said }: Deployed): boolean {
  if (!said) return marks.some((mark) => mark.release === release)
  const before = marks.findLast((mark) => mark.at <= time)
  const after = marks.find((mark) => mark.at > time)
  return before?.release === release || after?.release === release
}

function read(text: string | undefined): readonly Mark[] {
  try {
    const marks: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(marks) ? (marks as readonly Mark[]) : []
  } catch {
    return []
  }
}
