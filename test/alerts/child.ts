import { existsSync, readFileSync } from 'node:fs'
import { Metrics } from '../../src/index.ts'

/** One process of many that watch the same store: `child.ts <file> <receiver> <gauge file> <options>`. */
const [file = '', url = '', gauge = '', more = '{}'] = process.argv.slice(2)

const metrics = new Metrics(undefined, {
  storage: `sqlite://${file}`,
  path: false,
  health: false,
  flushEvery: '100ms',
  alerts: {
    every: '200ms',
    notifiers: { ops: { webhook: `${url}/${process.pid}` } },
    rules: [{ name: 'depth', when: 'depth > 10 over 1m', ...(JSON.parse(more) as object) }],
  },
})
// Every process reports the same value: whichever is the last one holds.
setInterval(() => {
  if (existsSync(gauge)) metrics.gauge('depth', { shared: true }).set(Number(readFileSync(gauge, 'utf8')))
}, 100)
await metrics.ready
console.log('ready')
process.on('SIGTERM', () => void metrics.close().then(() => process.exit(0)))
