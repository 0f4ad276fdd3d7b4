import type { Clock } from '../core/time.ts'
import type { Answer, Ask } from '../storage/store.ts'
import type { Access } from './access.ts'
import type { Probe } from './path.ts'
import type { Probed } from './probe.ts'

/** What the API is made of; `Metrics` gives it. */
export interface ApiParts {
  /** Both false: the app mounts us by itself, and the last segment of the path says what is asked. */
  readonly path: string | false
  readonly healthPath: string | false
  readonly cors: string | readonly string[] | undefined
  readonly access: Access
  readonly clock: Clock
  /** Brings everything recorded so far into the store. */
  flush(): Promise<boolean>
  /** `Store.answer`. */
  answer(ask: Ask): Promise<Answer>
  /** `Ask.facts`: what only this process knows. */
  facts(): Readonly<Record<string, unknown>>
  /** What a probe is told, from what is known. */
  health(probe: Probe): Probed | Promise<Probed>
  /** A fault of our own, to be counted. */
  failed?(error: unknown): void
}
