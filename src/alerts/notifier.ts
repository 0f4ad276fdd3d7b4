import type { Alert } from './alert.ts'
import type { Outcome } from './retry.ts'

/** Sends alerts to one place. */
export interface Notifier {
  /** `webhook`, `slack`, … */
  readonly kind: string
  /** What it is configured as, as far as one may know: who was given up is tried again when this changes. */
  readonly mark: string
  /** What is not installed, as a line for the operator; null when all is there. Never rejects. */
  lacks?(): Promise<string | null>
  /** Sends one alert, once. Never rejects, and ends within the time that it was made with. */
  send(alert: Alert, now: number): Promise<Outcome>
}

/** The longest that one attempt may take, ms. */
export const ATTEMPT = 10_000
