import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Metrics } from 'pocketmetrics'

const app = new Hono()
const metrics = new Metrics(app)

app.get('/users/:id', (c) => c.json({ id: c.req.param('id') }))

app.post('/checkout', async (c) => {
  const { amount, plan } = await c.req.json()
  metrics.track('revenue', amount, { plan })
  return c.json({ ok: true }, 201)
})

// What a route throws is listed at /metrics/errors, with its stack.
app.get('/broken', () => {
  throw new Error('the shelf is empty')
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/metrics`)
})
