import { setTimeout as pause } from 'node:timers/promises'
import { BAD_DEPLOY, hourAt, visitorsAt } from './day.ts'

// Real visitors over real HTTP, in a process of their own. The argument is the shop's address, e.g. http://127.0.0.1:3000

const origin = process.argv[2] ?? 'http://127.0.0.1:3000'
const opened = performance.now()
const MOST_AT_ONCE = 150
const COUNTRIES = ['DE', 'DE', 'US', 'US', 'US', 'FR', 'BR', 'JP', 'NO']
const SOURCES = ['search', 'friend', 'newsletter']

const hour = (): number => hourAt(performance.now() - opened)
const chance = (share: number): boolean => Math.random() < share
const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!
const anyProduct = (): number => 100 + Math.floor(Math.random() ** 2 * 60)

/** Sends one request and reads the answer to its end; a shop that is closing is no matter. */
async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<void> {
  try {
    const sent = body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await fetch(origin + path, { method, ...sent, ...(signal && { signal }) })
    await answer.arrayBuffer()
  } catch {
    // The shop is closing, or this visitor has left.
  }
}

/** Someone looks around, and perhaps buys. */
async function visit(user: string): Promise<void> {
  const country = any(COUNTRIES)
  await ask('GET', '/')
  await look()
  await ask('GET', '/products')
  for (let seen = 0; seen < 3; seen++) {
    await look()
    await ask('GET', `/products/${anyProduct()}?country=${country}`)
  }
  if (chance(0.25)) await ask('GET', `/stock/${anyProduct()}`)
  if (chance(0.08)) await ask('GET', any(['/wp-login.php', '/old/coffee.html', `/products/${anyProduct()}/reviews`]))
  if (chance(0.1)) await ask('POST', '/accounts', { source: any(SOURCES) })
  if (chance(0.22)) await buy(user, country)
}

async function buy(user: string, country: string): Promise<void> {
  for (let items = 0; items < 2; items++) {
    await ask('POST', `/baskets/${user}`, { product: anyProduct() })
    await look()
  }
  if (chance(0.3)) return
  await ask('POST', '/payments', { user, country, plan: any(['once', 'once', 'monthly', 'monthly', 'yearly']) })
}

function look(): Promise<void> {
  return pause(100 + Math.random() * 600)
}

/** Visitors come and go with the hour. */
async function street(): Promise<never> {
  let inside = 0
  let due = 0
  for (let number = 1; ;) {
    await pause(100)
    due += (visitorsAt(hour()) / 10) * 2 * Math.random()
    for (; due >= 1; due--) {
      if (inside >= MOST_AT_ONCE) continue
      inside++
      void visit(`u${process.pid}-${number++}`).finally(() => inside--)
    }
  }
}

/** What goes on beside the customers: an uptime monitor, a browser asking what it may, a report, people who lose patience. */
async function neighbours(): Promise<never> {
  for (;;) {
    await pause(3000)
    await ask('HEAD', '/')
    await ask('OPTIONS', '/payments')
    void ask('GET', '/reports/sales')
    if (chance(0.3)) void ask('GET', '/reports/sales', undefined, AbortSignal.timeout(300))
  }
}

/** Screens in the shop that follow the event stream for a while. */
async function screens(): Promise<never> {
  for (;;) {
    const watch = 10_000 + Math.floor(Math.random() * 20_000)
    void ask('GET', '/feed', undefined, AbortSignal.timeout(watch))
    await pause(watch / 2)
  }
}

async function releases(): Promise<never> {
  for (let bad = false; ;) {
    await pause(500)
    const now = hour() >= BAD_DEPLOY.from && hour() < BAD_DEPLOY.to
    if (now === bad) continue
    bad = now
    await ask('PUT', '/deploys', { release: bad ? '1.5.0' : '1.4.9', bad })
  }
}

// Ctrl-C reaches every process of the terminal; the shop says when to go, and when it is gone without a word, so are we.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(0))
void Promise.all([street(), neighbours(), screens(), releases()])
