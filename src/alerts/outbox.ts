import { type Alert, both, type Sender } from './alert.ts'
import { type Book, channelEntry, type Delivery, MOST, type OutboxEntry } from './book.ts'
import { hasCome, isOver, type Outcome, waitAfter } from './retry.ts'
import { type Head, hasRoom, summary } from './storm.ts'

/** An alert to send to a channel now. */
export interface Claim {
  readonly alert: Alert
  readonly channel: string
}

/** Puts an alert down for these channels. `muted`: what nobody has heard of is not told at all once it is over. */
export function enqueue(book: Book, alert: Alert, channels: readonly string[], muted: boolean): void {
  const to: Delivery[] = []
  for (const channel of channels) {
    if (channelEntry(book, channel).disabled !== null) channelEntry(book, channel).dropped++
    else if (!(alert.type === 'alert.resolved' && muted && forget(book, alert, channel))) {
      to.push({ channel, tries: 0, first: 0, at: alert.time })
    }
  }
  // Who has not had the last reminder wants only the newest, and none when it is over.
  if (alert.type === 'alert.reminder' || alert.type === 'alert.resolved') {
    for (const entry of book.outbox) {
      if (entry.alert.type === 'alert.reminder' && entry.alert.alertId === alert.alertId) entry.to = []
    }
  }
  if (to.length > 0) book.outbox.push({ alert, to })
  tidy(book)
}

/** Takes back that something fired, if it was never tried to tell; false if it was. */
function forget(book: Book, { alertId }: Alert, channel: string): boolean {
  const firing = owed(book, channel).find(({ alert }) => alert.type === 'alert.firing' && alert.alertId === alertId)
  if (firing === undefined || deliveryTo(firing, channel)!.tries > 0) return false
  firing.to = firing.to.filter((one) => one.channel !== channel)
  return true
}

/**
 * What to send to a channel next, counted as tried: written down before it is sent, it is tried again later by whoever
 * finds it so. Of one key nothing overtakes what came before it.
 */
export function claim(
  book: Book,
  channel: string,
  now: number,
  isMuted: (alert: Alert) => boolean,
  sender: Sender
): Claim | undefined {
  const entry = channelEntry(book, channel)
  if (entry.disabled !== null || !hasCome(entry.notBefore, now)) return undefined
  join(book, channel, now)
  const due = heads(book, channel).filter(({ alert, to }) => hasCome(to.at, now) && !isMuted(alert))
  const again = due.find(({ to }) => to.tries > 0)
  const first = again ?? due[0]
  if (first === undefined) return undefined
  if (again === undefined && !hasRoom(entry, now)) {
    if (entry.summed) return undefined
    entry.summed = true
    if (due.length > 1) return tried(summary(book, channel, due, now, sender), channel, now)
  }
  if (again === undefined) entry.sent++
  return tried(first.entry, channel, now)
}

function tried(entry: OutboxEntry, channel: string, now: number): Claim {
  const to = deliveryTo(entry, channel)!
  to.tries++
  if (to.first === 0) to.first = now
  to.at = now + waitAfter(to.tries, 0.5)
  return { alert: to.both === true ? both(entry.alert) : entry.alert, channel }
}

/** The first of each key that a channel is owed. */
function heads(book: Book, channel: string): Head[] {
  const keys = new Set<string>()
  const found: Head[] = []
  for (const entry of owed(book, channel)) {
    if (keys.has(entry.alert.key)) continue
    keys.add(entry.alert.key)
    found.push({ entry, alert: entry.alert, to: deliveryTo(entry, channel)! })
  }
  return found
}

/** What has fired and is over before that could be told becomes one message, which is tried anew at once. */
function join(book: Book, channel: string, now: number): void {
  const all = owed(book, channel)
  for (const entry of all) {
    if (entry.alert.type !== 'alert.resolved') continue
    const earlier = all.filter(({ alert }) => alert.alertId === entry.alert.alertId && alert.id !== entry.alert.id)
    if (!earlier.some(({ alert }) => alert.type === 'alert.firing')) continue
    for (const one of earlier) one.to = one.to.filter((to) => to.channel !== channel)
    Object.assign(deliveryTo(entry, channel)!, { both: true, tries: 0, first: 0, at: now })
  }
  tidy(book)
}

/** Writes down how an attempt ended. `mark` is what the channel is configured as. */
export function settle(
  book: Book,
  { alert, channel }: Claim,
  outcome: Outcome,
  now: number,
  random: number,
  mark: string
): void {
  const state = channelEntry(book, channel)
  state.lastCode = outcome.ok ? null : outcome.code
  if (outcome.ok) state.lastOk = now
  const entry = book.outbox.find((one) => one.alert.id === alert.id)
  const to = entry === undefined ? undefined : deliveryTo(entry, channel)
  if (entry === undefined || to === undefined) return
  if (outcome.ok) entry.to = entry.to.filter((one) => one !== to)
  else {
    if (outcome.after !== undefined) state.notBefore = Math.max(state.notBefore, now + waitAfter(1, 0, outcome.after))
    to.at = now + waitAfter(to.tries, random, outcome.after)
    if (isOver(outcome, to.tries, now - to.first)) bury(book, entry, to, outcome.code, now)
    if (outcome.retry === 'never') disable(book, channel, outcome.code, now, mark)
  }
  tidy(book)
}

function disable(book: Book, channel: string, code: string, now: number, mark: string): void {
  channelEntry(book, channel).disabled = { code, at: now, mark }
  for (const entry of owed(book, channel)) bury(book, entry, deliveryTo(entry, channel)!, code, now)
}

/** Gives up: listed, so that somebody can see it. */
function bury(book: Book, { alert, ...entry }: OutboxEntry, to: Delivery, code: string, now: number): void {
  const { id, rule, type, title, time } = alert
  book.dead.push({ id, channel: to.channel, rule, type, title, time, at: now, tries: to.tries, code })
  book.dead = book.dead.slice(-MOST.dead)
  book.deadCount++
  const kept = book.outbox.find((one) => one.alert.id === id)
  if (kept !== undefined) kept.to = entry.to.filter((one) => one !== to)
}

function owed(book: Book, channel: string): OutboxEntry[] {
  return book.outbox.filter((entry) => deliveryTo(entry, channel) !== undefined)
}

function deliveryTo({ to }: Pick<OutboxEntry, 'to'>, channel: string): Delivery | undefined {
  return to.find((one) => one.channel === channel)
}

/** Takes out what nobody is owed, and the oldest of too many. */
function tidy(book: Book): void {
  book.outbox = book.outbox.filter(({ to }) => to.length > 0)
  while (book.outbox.length > MOST.outbox) {
    for (const { channel } of book.outbox.shift()!.to) channelEntry(book, channel).dropped++
  }
}
