import { isLabelKey, LABEL_LIMITS, type Labels, labelValue } from '../core/labels.ts'
import { looksSecret, REDACTED } from '../core/redact.ts'
import type { Guard } from '../guard.ts'
import { callSite } from './place.ts'

/** Label values as the app has them; what is null or undefined is left out. */
export type LooseLabels = Readonly<Record<string, string | number | boolean | bigint | null | undefined>>

/** What cannot be recorded is counted by reason, and said once with the place of the call. */
export class Refusals {
  readonly #guard: Guard
  readonly #drops: Map<string, number>

  constructor(guard: Guard, drops: Map<string, number>) {
    this.#guard = guard
    this.#drops = drops
  }

  refuse(reason: string, subject: string, line: string): undefined {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1)
    this.#guard.once(`${reason} ${String(subject).slice(0, 80)}`, `not recorded: ${line}${callSite()}`)
    return undefined
  }
}

/** Makes labels as they are kept: strings of bounded length, nothing that looks like a secret. */
export class Cleaner {
  readonly #guard: Guard
  readonly #refusals: Refusals
  readonly #redact: boolean

  constructor(guard: Guard, refusals: Refusals, redact: boolean) {
    this.#guard = guard
    this.#refusals = refusals
    this.#redact = redact
  }

  /** Undefined after a counted refusal. */
  clean(metric: string, labels: LooseLabels): Labels | undefined {
    const refuse = (line: string): undefined => this.#refusals.refuse('bad_label', metric, line)
    if (!isLabels(labels)) {
      return refuse(`the labels of '${metric}' are ${shown(labels)}, and no object such as { plan: 'pro' }`)
    }
    const clean: [string, string][] = []
    for (const [key, value] of Object.entries(labels)) {
      if (value === null || value === undefined) continue
      if (!isLabelKey(key))
        return refuse(`'${key.slice(0, 80)}' of '${metric}' is no label name: letters, digits and _, up to 64`)
      if (clean.length >= LABEL_LIMITS.count) return refuse(`'${metric}' has more than ${LABEL_LIMITS.count} labels`)
      if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
        return refuse(`the label '${key}' of '${metric}' is no text or number`)
      }
      clean.push([key, this.#redacted(metric, key, labelValue(String(value)))])
    }
    // Assigning `__proto__` would lose it.
    return Object.fromEntries(clean)
  }

  #redacted(metric: string, key: string, value: string): string {
    if (!this.#redact || !looksSecret(value)) return value
    this.#guard.once(
      `redacted ${metric}.${key}`,
      `a value of label '${key}' of '${metric}' looks like personal data or a secret: it is kept as ${REDACTED} (option redact: false keeps it)${callSite()}`
    )
    return REDACTED
  }
}

/** Whether these may be labels. Bytes and lists have a key for each of what may be a million elements. */
export function isLabels(value: unknown): value is LooseLabels {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** A value as a warning names it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `the text '${value.slice(0, 40)}'`
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'number' || value === null || value === undefined ? String(value) : `a ${typeof value}`
}
