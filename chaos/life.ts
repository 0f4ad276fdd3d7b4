import { kindOf } from './items.ts'

/** What is known of one recorder while it lives: of a process, or of one thread of it. */
export class Life {
  /** Every item that it may have been given. */
  readonly asked: Set<string> = new Set()
  /** Answered, and not acknowledged yet. */
  readonly taken: Set<string> = new Set()
  /** Acknowledged, in order. */
  readonly kept: Set<string> = new Set()
  requests: { asked: number; kept: number } = { asked: 0, kept: 0 }
  /** Its last word: how much it has dropped, and what it had acknowledged by then. */
  word: { readonly drops: number; readonly kept: number; readonly requests: number } = {
    drops: 0,
    kept: 0,
    requests: 0,
  }

  /** What it had acknowledged when it last said how much it had dropped: all of that is kept, or counted. */
  get sure(): ReadonlySet<string> {
    return new Set([...this.kept].slice(0, this.word.kept))
  }

  says(drops: number): void {
    this.word = { drops, kept: this.kept.size, requests: this.requests.kept }
  }
}

/** How much of something was dropped, as far as the ledger knows. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** What each life must have counted, given what is in the store. */
export interface Found {
  /** Items that have an event. */
  readonly items: ReadonlySet<string>
  /** How many requests of a life have an event. */
  requestsOf(life: string): number
  /** What was kept may be gone: nobody has dropped it. */
  readonly forgets: boolean
}

/**
 * Judges each life's last word on drops. What it had acknowledged by then and is not there it has dropped, and it has
 * dropped nothing that is there; what it was asked later, or never acknowledged, may be among it. A life that ended in order
 * leaves nothing between the two.
 */
export function miscounted(lives: ReadonlyMap<string, Life>, found: Found): string[] {
  const tellers = tellersOf(lives)
  const wrongs: string[] = []
  let said = 0
  const whole = { least: 0, most: 0 }
  const missing = { least: new Set<string>(), most: new Set<string>() }
  for (const [name, life] of lives) {
    const requests = requestsMissing(name, life, found)
    const refused = { least: refusedIn(life.sure), most: refusedIn(life.asked) }
    const sure = absent(life.sure, found).filter((item) => tellers.get(item)!.length === 1)
    const perhaps = absent(life.asked, found)
    const own = {
      least: refused.least + (found.forgets ? 0 : sure.length + requests.least),
      most: refused.most + perhaps.length + requests.most,
    }
    wrongs.push(...outside(`'${name}'`, life.word.drops, own))
    said += life.word.drops
    whole.least += refused.least + (found.forgets ? 0 : requests.least)
    whole.most += refused.most + requests.most
    for (const item of perhaps) missing.most.add(item)
  }
  for (const item of missing.most) if (tellers.get(item)!.every(({ sure }) => sure.has(item))) missing.least.add(item)
  whole.least += found.forgets ? 0 : missing.least.size
  whole.most += missing.most.size
  return [...wrongs, ...outside('all together', said, whole)]
}

function tellersOf(lives: ReadonlyMap<string, Life>): Map<string, { readonly sure: ReadonlySet<string> }[]> {
  const tellers = new Map<string, { readonly sure: ReadonlySet<string> }[]>()
  for (const life of lives.values()) {
    const { sure } = life
    for (const item of life.asked) {
      const known = tellers.get(item)
      if (known === undefined) tellers.set(item, [{ sure }])
      else known.push({ sure })
    }
  }
  return tellers
}

const refusedIn = (items: ReadonlySet<string>): number => [...items].filter((item) => kindOf(item) === 'refused').length

function absent(items: ReadonlySet<string>, found: Found): string[] {
  return [...items].filter((item) => kindOf(item) !== 'refused' && !found.items.has(item))
}

function requestsMissing(name: string, { requests, word }: Life, found: Found): Range {
  const there = found.requestsOf(name)
  return { least: Math.max(0, word.requests - there), most: requests.asked - there }
}

function outside(who: string, said: number, { least, most }: Range): string[] {
  if (least <= said && said <= most) return []
  return [`${who} counted ${said} drops, and there were ${least === most ? least : `${least} to ${most}`}`]
}
