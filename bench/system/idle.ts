import { load } from '../library.ts'
import { tell } from '../launch.ts'

/** CPU time of an idle process, all threads, in thousandths of a core. */
export interface Idle {
  readonly load: number
}

/** Until then the event loop is watched more closely, as what starts is seldom quiet. */
const WARM = 11_000

const [system = 'on', seconds = '10'] = process.argv.slice(2)
const { Metrics } = await load('index')
// Nothing is flushed meanwhile: what reading costs is looked for, not what keeping does.
const options = { storage: 'memory://', health: false, llm: false, flushEvery: '10m', system: system === 'on' } as const
const metrics = new Metrics(options)
await new Promise((resolve) => setTimeout(resolve, WARM))
const before = process.cpuUsage()
const began = performance.now()
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000))
const { user, system: kernel } = process.cpuUsage(before)
tell({ load: (user + kernel) / (performance.now() - began) } satisfies Idle)
await metrics.close()
