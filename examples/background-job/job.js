import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from 'pocketmetrics'

// A job has no server, so there is nothing to watch and no route: it writes to the same file as the web app,
// and the web app's /metrics shows both.
const metrics = new Metrics()
const sent = metrics.counter('mails_sent')
const took = metrics.histogram('mail_seconds', { unit: 's' })

for (let mail = 1; mail <= 20; mail++) {
  const began = performance.now()
  await pause(5 + Math.random() * 20)
  took.observe((performance.now() - began) / 1000)
  sent.add(1, { queue: mail % 4 === 0 ? 'reminder' : 'receipt' })
}
metrics.gauge('mails_waiting').set(0)

const answer = await metrics.query({ metric: 'mails_sent', from: '1h', groupBy: ['queue'] })
console.table(answer.rows)
await metrics.close()
