import express from 'express'
import { Metrics } from 'pocketmetrics'

const app = express()
const metrics = new Metrics(app)
const activeUsers = metrics.unique('active_users')

metrics.deploy('v1.4.0')
metrics.gauge('carts_open', () => carts.size)

const carts = new Map()

// Who came today, this week, this month: ids are counted, not kept.
app.use((request, response, next) => {
  const user = request.get('x-user')
  if (user !== undefined) activeUsers.add(user, { plan: request.get('x-plan') ?? 'free' })
  next()
})

app.post('/carts/:id', (request, response) => {
  carts.set(request.params.id, [])
  metrics.track('carts', { source: request.query.source ?? 'direct' })
  response.sendStatus(201)
})

// Payment services send an event again when they are not sure that you had it: with its id it counts once.
app.post('/webhooks/payment', express.json(), (request, response) => {
  const { id, type, amount, plan } = request.body
  const sign = type === 'refund' ? -1 : 1
  metrics.track('revenue', (sign * amount) / 100, { plan }, { id })
  response.sendStatus(200)
})

// Work that is no request: how long it took, and whether it worked.
app.post('/imports', async (request, response) => {
  const rows = await metrics.time('import', () => importProducts(), { source: 'shop' })
  response.json({ rows })
})

async function importProducts() {
  return 3
}

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics/query?metric=revenue&group_by=day,plan`)
})
