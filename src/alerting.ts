import { Alerts } from './alerts/alerts.ts'
import { type AlertsSettings, settleAlerts } from './alerts/option.ts'
import { within } from './alerts/within.ts'
import type { Settings } from './config.ts'
import type { Clock } from './core/time.ts'
import type { CheckResult } from './health/check.ts'
import type { Health } from './health/health.ts'
import type { Recorder } from './recorder.ts'
import type { Store } from './storage/store.ts'

const LOOK_WITHIN = 1_000

/** Where the option is false nothing is watched, whatever is asked for. */
const nothing = (): AlertsSettings => settleAlerts({}, 'UTC') as AlertsSettings

/** What alerts need of the rest. */
export interface AlertingParts {
  readonly settings: Settings
  readonly clock: Clock
  readonly recorder: Recorder
  readonly store: Store
  /** Brings what this process recorded into the store. */
  readonly flush: () => Promise<boolean>
  readonly health: Health
  /** Names this process. */
  readonly writer: string
}

/** The alerts of this process, joined with health, which warns where they do not arrive, and with the guard of budgets. */
export function makeAlerts({ settings, clock, recorder, store, flush, health, writer }: AlertingParts): Alerts {
  const { alerts: given, app, timezone } = settings
  const { guard, costs } = recorder
  const alerts = new Alerts({
    settings: given === false ? nothing() : given,
    isOff: given === false,
    clock,
    guard,
    store,
    flush,
    holder: writer,
    app,
    timezone,
  })
  const run = async (): Promise<CheckResult> => {
    // A store that does not answer is told of by another check.
    const trouble = await within(alerts.trouble(), LOOK_WITHIN).catch(() => null)
    return trouble === null ? { status: 'pass' } : { status: 'warn', code: trouble.code, value: trouble.count }
  }
  if (given !== false && settings.health !== false && given.channels.size > 0) {
    health.own({ name: 'alerts', run, options: { failAfter: 1, interval: '30s' } })
  }
  costs.llm.limit((call) => alerts.usedUp({ ...call }))
  return alerts
}
