import express from 'express'
import { Metrics } from 'pocketmetrics'

const app = express()
const metrics = new Metrics(app, {
  alerts: {
    every: process.env.ALERTS_EVERY ?? '15s',
    notifiers: {
      team: { slack: process.env.SLACK_WEBHOOK ?? 'https://hooks.slack.com/services/T000/B000/XXXX' },
    },
    rules: [
      'errors',
      'latency',
      { name: 'checkout', when: 'http_error_rate > 20 over 5m by endpoint', minSamples: 5, severity: 'critical' },
      // Nobody is woken for it, and on weekends nobody is told.
      { name: 'orders', when: 'orders absent over 1h', severity: 'info', mute: { days: 'sat-sun' } },
    ],
    digest: { at: '08:00' },
  },
})

app.post('/orders', (request, response) => {
  metrics.track('orders')
  response.sendStatus(201)
})

app.get('/checkout', (request, response) => {
  response.sendStatus(request.query.broken === undefined ? 200 : 500)
})

// Once after it is set up: does it arrive?
app.post('/alerts/test', async (request, response) => {
  response.json(await metrics.alerts.test())
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics/alerts`)
})
