import { load } from '../library.ts'
import { tell } from '../launch.ts'

/** What the parts cost: ms of CPU time of all threads, ms of the event loop, ns. */
export interface Readings {
  readonly sample: number
  readonly own: number
  readonly tick: number
  readonly request: number
  readonly clock: number
}

const SAMPLES = 200
const BATCHES = 100
const BATCH = 20_000

const [{ systemClock: clock }, { Registry }, { Usage }, { SystemCollector }] = await Promise.all([
  load('core/time'),
  load('core/registry'),
  load('collectors/system/usage'),
  load('collectors/system/collector'),
])
const limits = { maxSeries: 1000, maxSeriesPerMetric: 100, overflow: 'other', overflowed: () => undefined }
const registry = new Registry({ writer: 'bench', labels: {}, ...limits })
const usage = new Usage(clock)
const collector = new SystemCollector({ registry, clock, usage, instance: 'bench', folder: process.cwd(), root: '/' })

async function sampled(): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < SAMPLES; i++) {
    collector.sampleOwn()
    await Promise.all([collector.sample(), collector.sampleDisks()])
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / SAMPLES
}

/** The best of many batches, ms each. */
function best(count: number, work: () => void): number {
  let least = Infinity
  for (let batch = 0; batch < BATCHES; batch++) {
    const began = clock.monotonic()
    for (let i = 0; i < count; i++) work()
    least = Math.min(least, (clock.monotonic() - began) / count)
  }
  return least
}

let latest = 0
/** What the hook does beside counting: a request begins, has had its turn, and ends at a time that is read anyway. */
function request(): void {
  usage.loop.entered(latest)
  latest = clock.monotonic()
  usage.loop.held(latest)
  usage.loop.held(latest)
}

await sampled()
const sample = await sampled()
const own = best(20, () => collector.sampleOwn())
const tick = best(500, () => collector.late(usage.loop.tick()))
const read = best(BATCH, () => (latest = clock.monotonic()))
const asked = best(BATCH, request)
tell({ sample, own, tick, request: asked * 1e6, clock: read * 1e6 } satisfies Readings)
