import { Metrics } from '../../src/index.ts'

// An app under load: says after each few values how many it has recorded, in all.
const [storage = '', flushEvery = '1s'] = process.argv.slice(2)
const metrics = new Metrics({ storage, flushEvery, log: () => undefined })
await metrics.ready
let sent = 0
setInterval(() => {
  for (let value = 0; value < 20; value++) metrics.track('revenue', 1, { plan: value % 2 === 0 ? 'pro' : 'team' })
  sent += 20
  process.stdout.write(`${sent}\n`)
}, 10)
