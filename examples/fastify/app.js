import Fastify from 'fastify'
import { Metrics } from 'pocketmetrics'

const app = Fastify()
const metrics = new Metrics(app)

app.get('/users/:id', async (request) => ({ id: request.params.id }))

app.post('/checkout', async (request, reply) => {
  metrics.track('revenue', request.body.amount, { plan: request.body.plan })
  return reply.code(201).send({ ok: true })
})

// What a route throws is listed at /metrics/errors, with its stack.
app.get('/broken', async () => {
  throw new Error('the shelf is empty')
})

console.log(`${await app.listen({ port: Number(process.env.PORT ?? 3000) })}/metrics`)
