import type { Clock } from '../core/time.ts'
import type { Alert, Sender } from './alert.ts'
import type { Channel } from './channels.ts'

/** How a test went at one notifier. */
export interface Delivered {
  readonly notifier: string
  readonly kind: string
  readonly ok: boolean
  /** One word for what went wrong; null where nothing did. */
  readonly code: string | null
  readonly ms: number
}

/** Sends a marked test to every notifier at once. Never rejects. */
export function trial(
  channels: ReadonlyMap<string, Channel>,
  clock: Clock,
  sender: Sender,
  id: string
): Promise<readonly Delivered[]> {
  const alert = testOf(id, clock.now(), sender)
  const one = async ({ name, notifier }: Channel): Promise<Delivered> => {
    const began = clock.monotonic()
    const outcome = await notifier.send(alert, clock.now())
    const ms = Math.round(clock.monotonic() - began)
    return { notifier: name, kind: notifier.kind, ok: outcome.ok, code: outcome.ok ? null : outcome.code, ms }
  }
  return Promise.all(Array.from(channels.values(), one))
}

function testOf(id: string, now: number, sender: Sender): Alert {
  return {
    id,
    type: 'alert.test',
    alertId: id,
    key: `test ${id}`,
    time: now,
    rule: 'test',
    severity: 'info',
    status: 'info',
    metric: null,
    value: null,
    threshold: null,
    unit: '',
    group: {},
    labels: {},
    startsAt: null,
    endsAt: null,
    title: `TEST: ${sender.app}`,
    message: 'This is a test of alerts: nothing is wrong.',
    ...sender,
  }
}
