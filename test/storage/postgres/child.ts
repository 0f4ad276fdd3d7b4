import { Metrics } from '../../../src/index.ts'

/** A process that records into the store at a URL: so many values, or until it is ended. */
const [url = '', count = '0', instance = 'child'] = process.argv.slice(2)

const metrics = new Metrics({ storage: url, flushEvery: '20ms', instance, health: false, log: () => undefined })
await metrics.ready
console.log('ready')
for (let sent = 0; count === '0' || sent < Number(count); sent++) {
  metrics.track('revenue', 1, { plan: sent % 2 === 0 ? 'pro' : 'team' })
  if (sent % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
}
await metrics.close()
console.log('closed')
