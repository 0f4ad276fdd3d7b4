import { tell } from '../launch.ts'
import { load } from '../library.ts'
import { median } from '../stats.ts'

/** Nanoseconds of one operation in the best batch, and bytes of heap that one takes. */
export interface Recorded {
  readonly clock: number
  readonly counter: number
  readonly histogram: number
  readonly request: number
  readonly track: number
  readonly bytes: number
  readonly bytesWithClock: number
}

const BATCHES = 40
const SIZE = 50_000

const { Registry } = await load('core/registry')
const { HttpCollector } = await load('collectors/http')
const { STORED } = await load('names')
const { systemClock } = await load('core/time')
const { Metrics } = await load('index')

/** Durations in ms as servers have them: log-normal around 12 ms. */
const DURATIONS = Float64Array.from({ length: 4096 }, () => {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
  return 12 * Math.exp(0.8 * normal)
})
const MICROS = DURATIONS.map((ms) => Math.round(ms * 1000))

/** Runs `loop` in batches; ns of one round in the best of them. */
function best(loop: (times: number) => void): number {
  for (let i = 0; i < 10; i++) loop(SIZE)
  let least = Infinity
  for (let i = 0; i < BATCHES; i++) {
    const before = process.hrtime.bigint()
    loop(SIZE)
    least = Math.min(least, Number(process.hrtime.bigint() - before) / SIZE)
  }
  return least
}

/** Bytes of new heap for one round, less what an empty loop seems to take. Batches in which garbage was collected do not count in a median. */
function bytes(loop: (times: number) => void): number {
  const grown = (work: (times: number) => void): number => {
    const growth: number[] = []
    for (let i = 0; i < 100; i++) {
      const before = process.memoryUsage().heapUsed
      work(10_000)
      growth.push(process.memoryUsage().heapUsed - before)
    }
    return median(growth)
  }
  loop(200_000)
  const empty = grown(() => undefined)
  globalThis.gc?.()
  return Math.max(0, grown(loop) - empty) / 10_000
}

let sink = 0

function clock(times: number): void {
  for (let i = 0; i < times; i++) sink += performance.now() - performance.now()
}

const registry = new Registry({
  writer: 'bench',
  labels: {},
  maxSeries: 1000,
  maxSeriesPerMetric: 1000,
  overflow: '__overflow__',
  overflowed: () => undefined,
})
const labels = { endpoint: '/users/:id', method: 'GET', status: '200' }
const requests = registry.series(STORED.requests, labels)
const latency = registry.series(STORED.latency, labels)
const now = Date.now()

function counter(times: number): void {
  for (let i = 0; i < times; i++) requests.observe(1, now)
}

function histogram(times: number): void {
  for (let i = 0; i < times; i++) latency.observe(MICROS[i & 4095]!, now)
}

const http = new HttpCollector(registry, {
  clock: systemClock,
  instance: 'bench',
  slow: 1_000,
  sample: 1,
  ignore: [],
  maxEndpoints: 500,
})
const endpoint = http.endpoint('/users/:id')
const nothing = 0.5
const exchange = {
  status: 200,
  elapsed: nothing,
  ttfb: nothing,
  requestBytes: nothing,
  responseBytes: nothing,
  aborted: false,
  stream: false,
  cut: false,
}

function one(at: number, elapsed: number): void {
  exchange.elapsed = elapsed
  exchange.ttfb = elapsed - 0.1
  exchange.requestBytes = 310
  exchange.responseBytes = 842
  http.began()
  http.ended(endpoint, 'GET', exchange, at)
}

function request(times: number): void {
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    const duration = DURATIONS[i & 4095]!
    one(performance.now(), duration + start - start)
  }
}

const MONOTONIC = performance.now()

function requestWithoutClock(times: number): void {
  for (let i = 0; i < times; i++) one(MONOTONIC, DURATIONS[i & 4095]!)
}

const metrics = new Metrics({ storage: 'memory://', flushEvery: '1h', log: () => undefined })
const PLANS = ['free', 'pro', 'team', 'enterprise']

function track(times: number): void {
  for (let i = 0; i < times; i++) metrics.track('revenue', 49, { plan: PLANS[i & 3]!, country: 'de' })
}

tell({
  clock: best(clock),
  counter: best(counter),
  histogram: best(histogram),
  request: best(request),
  track: best(track),
  bytes: bytes(requestWithoutClock),
  bytesWithClock: bytes(request),
} satisfies Recorded)
if (sink === 1) console.log(sink)
if (process.send === undefined) process.exit()
