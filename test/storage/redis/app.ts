import { Metrics } from '../../../src/index.ts'

// An app: records `count` values in `batches`, one each few ms, then says what it has recorded and ends by itself.
const [storage = '', count = '0', batches = '1'] = process.argv.slice(2)
const metrics = new Metrics({ storage, flushEvery: '100ms', log: (line: string) => console.error(line) })
process.on('unhandledRejection', (error) => console.error('UNHANDLED', error))
let sent = 0
const load = setInterval(() => {
  for (let index = 0; index < Number(count) / Number(batches); index++) {
    metrics.track('revenue', 1, { plan: index % 2 === 0 ? 'pro' : 'team' })
    sent++
  }
  if (sent < Number(count)) return
  clearInterval(load)
  console.log(sent)
}, 10)
