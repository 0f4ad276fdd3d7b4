import { MINUTE } from '../core/time.ts'
import { type Alert, idOf, type Sender } from './alert.ts'
import type { Book, ChannelEntry, Delivery, OutboxEntry } from './book.ts'
import type { Severity } from './rule.ts'

/** An alert that a channel is owed. */
export interface Head {
  readonly entry: OutboxEntry
  readonly alert: Alert
  readonly to: Delivery
}

/** So many messages a channel gets in such a time; then one for all others. */
export const CAP = 20
const WINDOW = 10 * MINUTE
const NAMED = 10

/** Whether one more message may go to a channel now. */
export function hasRoom(entry: ChannelEntry, now: number): boolean {
  // A window that begins in the future is the work of a wrong clock.
  if (now - entry.windowStart >= WINDOW || now < entry.windowStart) {
    Object.assign(entry, { windowStart: now, sent: 0, summed: false })
  }
  return entry.sent < CAP
}

/** One alert that stands for all of these; they are taken out of the outbox. */
export function summary(book: Book, channel: string, heads: readonly Head[], now: number, sender: Sender): OutboxEntry {
  // What comes after a message that stands for it need not be told either, if it says that it is over.
  const told = book.outbox.filter((entry) => heads.some((head) => head.entry === entry))
  for (const { entry } of heads) entry.to = entry.to.filter((to) => to.channel !== channel)
  const entry = { alert: more(told, channel, now, sender), to: [{ channel, tries: 0, first: 0, at: now }] }
  book.outbox = [...book.outbox.filter(({ to }) => to.length > 0), entry]
  return entry
}

function more(told: readonly OutboxEntry[], channel: string, now: number, sender: Sender): Alert {
  const alerts = told.map(({ alert }) => alert)
  const counts = new Map<string, number>()
  for (const { title, rule } of alerts) {
    const kind = `${title.slice(0, title.indexOf(':'))} ${rule}`
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  const lines = [...counts].slice(0, NAMED).map(([kind, count]) => `${count} × ${kind}`)
  const rest = counts.size > NAMED ? `, and ${counts.size - NAMED} other kinds` : ''
  const id = idOf('more', channel, now, alerts.length, alerts[0]?.id ?? '')
  return {
    id,
    type: 'alert.more',
    alertId: id,
    key: `more ${channel}`,
    time: now,
    rule: 'more',
    severity: worst(alerts),
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'info',
    metric: null,
    value: alerts.length,
    threshold: CAP,
    unit: 'alerts',
    group: {},
    labels: {},
    startsAt: null,
    endsAt: null,
    title: `and ${alerts.length} more`,
    message: `${lines.join(', ')}${rest}. A channel gets ${CAP} messages in 10 minutes, and then this one. The call /metrics/alerts lists all.`,
    ...sender,
  }
}

function worst(alerts: readonly Alert[]): Severity {
  const all = new Set(alerts.map(({ severity }) => severity))
  return all.has('critical') ? 'critical' : all.has('warning') ? 'warning' : 'info'
}
