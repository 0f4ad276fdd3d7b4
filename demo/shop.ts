import { setTimeout as pause } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { Metrics } from '../src/index.ts'
import { type Plan, PLANS, priceIn, PRODUCTS, stockOf } from './catalogue.ts'

/** A shop that is open. */
export interface Shop {
  readonly app: FastifyInstance
  /** Resolves when all payments that were begun are made: also of customers who have left. */
  paid(): Promise<void>
  close(): Promise<void>
}

/** A small coffee shop. Requests and errors are measured by the line with `new Metrics`; the lines with `track` add what only the shop knows. */
export function openShop(storage: string): Shop {
  const app = Fastify({ forceCloseConnections: true })
  const metrics = new Metrics(app, { storage })

  const baskets = new Map<string, number[]>()
  const feeds = new Set<FastifyReply>()
  const payments = new Set<Promise<void>>()
  let bad = false
  let asked = 0

  app.get('/', async () => ({ shop: 'Bean Street', products: PRODUCTS.size }))

  app.get('/products', async () => {
    await database(4)
    return [...PRODUCTS.values()]
  })

  app.get<{ Params: { id: string }; Querystring: { country?: string } }>('/products/:id', async (request, reply) => {
    await database(3)
    const product = PRODUCTS.get(Number(request.params.id))
    if (!product) return reply.code(404).send({ error: 'no such coffee' })
    return { ...product, price: priceIn(request.query.country ?? 'US', product.price, bad) }
  })

  app.get<{ Params: { id: string } }>('/stock/:id', async (request) => {
    await database(8)
    return stockOf(Number(request.params.id), ++asked)
  })

  app.post<{ Params: { user: string }; Body: { product: number } }>('/baskets/:user', async (request, reply) => {
    await database(5)
    const basket = [...(baskets.get(request.params.user) ?? []), request.body.product]
    baskets.set(request.params.user, basket)
    return reply.code(201).send({ items: basket.length })
  })

  app.post<{ Body: { source: string } }>('/accounts', async (request, reply) => {
    await database(12)
    metrics.track('signups', { source: request.body.source })
    return reply.code(201).send({ ok: true })
  })

  app.post<{ Body: { user: string; plan: Plan; country: string } }>('/payments', async (request, reply) => {
    const { user, plan, country } = request.body
    const basket = baskets.get(user)
    if (!basket) return reply.code(409).send({ error: 'the basket is empty' })
    const payment = database(60)
    payments.add(payment)
    await payment
    payments.delete(payment)
    const net = basket.reduce((sum, id) => sum + (PRODUCTS.get(id)?.price ?? 0), 0) * PLANS[plan]
    const paid = priceIn(country, net, bad)
    baskets.delete(user)
    metrics.track('revenue', paid, { plan, country })
    return reply.code(201).send({ paid })
  })

  app.get('/reports/sales', async () => {
    await database(900)
    return { open_baskets: baskets.size }
  })

  app.get('/feed', (request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    const timer = setInterval(() => reply.raw.write(`data: ${JSON.stringify({ baskets: baskets.size })}\n\n`), 2000)
    feeds.add(reply)
    request.raw.once('close', () => {
      clearInterval(timer)
      feeds.delete(reply)
    })
  })

  app.put<{ Body: { release: string; bad: boolean } }>('/deploys', async (request) => {
    bad = request.body.bad
    metrics.track('deploys', { release: request.body.release })
    return { ok: true }
  })

  const close = async (): Promise<void> => {
    for (const feed of feeds) feed.raw.end()
    await app.close()
    await metrics.close()
  }
  const paid = async (): Promise<void> => {
    while (payments.size > 0) await Promise.all(payments)
  }
  return { app, paid, close }
}

/** Waits as for a database: mostly `typical` milliseconds, sometimes twice and more. */
function database(typical: number): Promise<void> {
  return pause(typical * (0.7 + 0.4 * Math.random() - 0.5 * Math.log(1 - Math.random() * 0.98)))
}
