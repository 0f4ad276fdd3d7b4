import { clock } from './clock.ts'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { settle } from '../../../src/config.ts'
import { Metrics, type Options } from '../../../src/index.ts'
import { placeOf as storagePlace } from '../../../src/storage/place.ts'
import { startStore } from '../../../src/stores.ts'
import { type Act, START, steps, traffic } from './traffic.ts'

/** What a process of a fleet is told when it is started. */
export interface Role {
  readonly storage: string
  /** Undefined: it calls itself after its host and its process id. */
  readonly instance?: string
  /** Whether it looks at itself and its machine. */
  readonly system?: boolean
  /** Which part of the traffic is its own: none for the one that only asks. */
  readonly part: { readonly place: number; readonly of: number; readonly seed: number; readonly perStep: number } | null
}

/** What it can be told then, one at a time. */
export type Order =
  | { readonly do: 'step'; readonly step: number }
  | { readonly do: 'at'; readonly now: number }
  | { readonly do: 'maintain' }
  | { readonly do: 'secret'; readonly secret: string }
  | { readonly do: 'ask'; readonly urls: readonly string[] }
  | { readonly do: 'close' }

/** What a question comes to. */
export interface Reply {
  readonly status: number
  readonly type: string | null
  readonly body: string
}

const role = JSON.parse(process.argv[2] ?? '') as Role
clock.set(START)
// Below the first frame stands what a process happened to wait for.
Error.stackTraceLimit = 1
process.env.METRICS_RELEASE = 'v1.0'
const options: Options = {
  storage: role.storage,
  flushEvery: '1h',
  health: false,
  system: role.system === true ? { every: '100ms' } : false,
  labels: { service: 'shop' },
  timezone: 'Europe/Berlin',
  route: ({ headers }) => (headers['x-route'] === 'unmatched' ? undefined : String(headers['x-route'])),
  log: (line) => process.stderr.write(`${line}\n`),
  ...(role.instance === undefined ? {} : { instance: role.instance }),
}
const server = createServer((asked, response) => {
  const { ms, status } = asked.headers
  if (ms === undefined) return
  clock.pass(Number(ms))
  response.statusCode = Number(status)
  response.end(status === '204' ? undefined : 'ok')
})
const metrics = new Metrics(server, options)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
await metrics.ready
const { port } = server.address() as AddressInfo
const gauges = new Map<string, ReturnType<typeof metrics.gauge>>()
metrics.gauge('backlog', () => 7, { shared: true })

/** The store beside that of the app, as each process of an app has one that maintains it. */
const { maxSize, kept, events, timezone, app } = settle(options, process.env)
const site = {
  place: storagePlace(role.storage),
  options: { writer: `m${process.pid}`, app, timezone, kept, events, maxSize },
}
const store = await startStore(site)
await store.open()

const own = ownPart()

/** Gauges belong to one process each, or the last value would be that of two at once. */
function ownPart(): Act[][] {
  const { part } = role
  if (part === null) return steps().map(() => [])
  const { place, of, seed, perStep } = part
  const placeOf = (act: Act, at: number): number =>
    act.kind === 'gauge' ? act.labels.queue!.length + act.labels.queue!.charCodeAt(1) : at
  return traffic(seed, perStep).map((acts, step) => acts.filter((act, at) => placeOf(act, at + step) % of === place))
}

async function perform(act: Act): Promise<void> {
  clock.set(act.at)
  switch (act.kind) {
    case 'request':
      return visit(act.method, { 'x-route': act.route, ms: `${act.ms}`, status: `${act.status}` })
    case 'open':
      request({ port, headers: { 'x-route': act.route } })
        .on('error', () => undefined)
        .end()
      return void (await once(server, 'request'))
    case 'track':
      return metrics.track(act.name, act.value, act.labels, act.id === undefined ? {} : { id: act.id })
    case 'count':
      return metrics.counter(act.name).add(act.value, act.labels)
    case 'gauge':
      return gauge(act.name).set(act.value, act.labels)
    case 'measure':
      return metrics.histogram(act.name).observe(act.value, act.labels)
    case 'unique':
      return metrics.unique('active_users').add(act.id, act.labels)
    case 'work':
      return work(act.ms, act.fails)
    case 'error':
      return metrics.error(new TypeError(act.message), { job: 'mail' })
    case 'cost':
      return metrics.cost(act.name, act.usd, act.labels)
    case 'model':
      return metrics.llm.record({ provider: 'openai', ...act, tokens: { input: act.input, output: act.output } })
    case 'deploy':
      return metrics.deploy(act.version)
  }
}

function gauge(name: string): ReturnType<typeof metrics.gauge> {
  const known = gauges.get(name) ?? metrics.gauge(name)
  gauges.set(name, known)
  return known
}

function work(ms: number, fails: boolean): void {
  try {
    metrics.time('import', () => {
      clock.pass(ms)
      if (fails) throw new RangeError('no room')
    })
  } catch {
    // It was thrown by the work, and is the app's to bear.
  }
}

/** A request that is over, on both sides, before it resolves. */
async function visit(method: string, headers: Record<string, string>): Promise<void> {
  const closed = new Promise((resolve) => server.once('request', (_, response) => response.once('close', resolve)))
  const sent = request({ port, method, path: '/x', headers, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream]
  response.resume()
  await Promise.all([once(response, 'end'), closed])
}

async function ask(url: string): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${port}${url}`)
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (await response.text()).replaceAll(`127.0.0.1:${port}`, '127.0.0.1'),
  }
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'step':
      for (const act of own[order.step] ?? []) await perform(act)
      clock.set(steps()[order.step]!)
      return metrics.flush()
    case 'at':
      clock.set(order.now)
      if (role.system === true) await new Promise((resolve) => setTimeout(resolve, 250))
      return metrics.flush()
    case 'maintain':
      return store.maintain(clock.now)
    case 'secret':
      return store.swap('secret:unique', undefined, order.secret)
    case 'ask': {
      const replies: Reply[] = []
      for (const url of order.urls) replies.push(await ask(url))
      return replies
    }
    case 'close':
      await store.close()
      return metrics.close()
  }
}

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value ?? null)}\n`)
const orders = createInterface(process.stdin)
say('ready')
for await (const line of orders) {
  const order = JSON.parse(line) as Order
  say(await obey(order))
  if (order.do === 'close') process.exit(0)
}
