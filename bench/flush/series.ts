import { scratch, tell } from '../launch.ts'
import { load } from '../library.ts'
import { LoopProbe, threadCpu } from '../loop.ts'
import { median } from '../stats.ts'

/** What the main thread pays for a flush of so many active series. */
export interface Flushed {
  /** Milliseconds of CPU time of the main thread, a median over flushes. */
  readonly cpu: number
  /** Until the store has it, ms. */
  readonly wall: number
  /** Longest turn of the event loop, ms: the median over flushes, and the worst. */
  readonly turn: number
  readonly worst: number
  /** The longest turn while nothing is flushed. */
  readonly idle: number
}

const FLUSHES = 12
const { Metrics } = await load('index')

function lognormal(scale: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
  return Math.round(scale * Math.exp(0.8 * normal))
}

async function main(count: number): Promise<Flushed> {
  const file = scratch('metrics.db')
  const metrics = new Metrics({
    storage: `sqlite://${file}`,
    flushEvery: '1h',
    maxSeries: 20_000,
    maxSeriesPerMetric: 20_000,
    log: () => undefined,
  })
  await metrics.ready
  // A third counters, two thirds histograms, as HTTP metrics are.
  const jobs = metrics.counter('jobs')
  const took = [metrics.histogram('took_ms'), metrics.histogram('size_bytes')]
  const observe = (times: number): void => {
    for (let i = 0; i < count; i++) {
      const labels = { queue: `queue-${Math.floor(i / 3)}` }
      for (let n = 0; n < times; n++) {
        if (i % 3 === 0) jobs.add(1, labels)
        else took[(i % 3) - 1]!.observe(lognormal(20_000), labels)
      }
    }
  }
  observe(20)
  await metrics.flush()
  await metrics.flush()
  const cpu: number[] = []
  const wall: number[] = []
  const turns: number[] = []
  for (let i = 0; i < FLUSHES * 2; i++) {
    observe(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const began = performance.now()
    const before = threadCpu()
    const probe = i % 2 === 0 ? new LoopProbe() : undefined
    await metrics.flush()
    if (probe !== undefined) turns.push(probe.stop())
    else {
      cpu.push(threadCpu() - before)
      wall.push(performance.now() - began)
    }
  }
  const probe = new LoopProbe()
  await new Promise((resolve) => setTimeout(resolve, median(wall)))
  const idle = probe.stop()
  await metrics.close()
  return {
    cpu: median(cpu),
    wall: median(wall),
    turn: median(turns),
    worst: Math.max(...turns),
    idle,
  }
}

tell(await main(Number(process.argv[2] ?? 300)))
if (process.send === undefined) process.exit()
