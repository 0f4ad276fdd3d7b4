import express from 'express'
import { Metrics } from 'pocketmetrics'

const app = express()
const metrics = new Metrics(app)

app.get('/users/:id', (request, response) => {
  response.json({ id: request.params.id })
})

app.post('/checkout', express.json(), (request, response) => {
  metrics.track('revenue', request.body.amount, { plan: request.body.plan })
  response.status(201).json({ ok: true })
})

// What a route throws is listed at /metrics/errors, with its stack.
app.get('/broken', () => {
  throw new Error('the shelf is empty')
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics`)
})
