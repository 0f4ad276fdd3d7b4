import type { Crew } from './crew.ts'
import type { Field } from './field.ts'
import type { Random } from './random.ts'

/** What a fault may strike: the store, and the processes of the app. */
export interface Scene {
  readonly field: Field
  readonly crew: Crew
  /** The wall clock of the history, Unix ms: it runs faster than the real one. */
  readonly now: () => number
}

/** Something that goes wrong for a while. */
export interface Fault {
  /** As in `--fault`; a sentence's worth is in the file's comment. */
  readonly name: string
  /** How likely it is beside the others. Default 1. */
  readonly weight?: number
  /** Longest time before the way back is taken, ms. Default 2,000. */
  readonly longest?: number
  /** What was acknowledged may be gone after it (a file removed, a server without persistence killed). Nothing may be twice. */
  readonly forgets?: boolean
  /** Out of reach of the store's promise to keep what SIGTERM left: true where puts may fail while it lasts. */
  readonly cuts?: boolean
  possible(scene: Scene): boolean
  /** Resolves once it has struck, with the way back, which is taken once, before the history is judged. */
  strike(scene: Scene, random: Random): Promise<() => Promise<void>>
}
