import express from 'express'
import { Metrics, MetricsError } from 'pocketmetrics'

const app = express()
const metrics = new Metrics(app, {
  alerts: {
    every: process.env.ALERTS_EVERY ?? '15s',
    notifiers: {
      ops: { webhook: process.env.ALERTS_WEBHOOK ?? 'https://example.com/hook' },
    },
    rules: [
      { name: 'models', budget: { usd: 100, per: 'month' } },
      { name: 'summaries', budget: { usd: 1, per: 'day', feature: 'summary' } },
    ],
  },
})

app.get('/summaries/:id', async (request, response) => {
  const summary = await metrics.llm.run({ feature: 'summary' }, () => {
    // Throws while a budget is used up that this call belongs to.
    metrics.llm.guard()
    return summarise(request.params.id)
  })
  response.json({ summary })
})

// In your app this is a call of a model, seen by itself; here it is recorded by hand, so that nothing is paid for.
async function summarise(id) {
  const tokens = { input: 2000, output: 300 }
  metrics.llm.record({ provider: 'openai', model: 'gpt-5-mini', tokens, usd: 0.3, duration: 800 })
  return `What ${id} says, in short.`
}

app.use((error, request, response, next) => {
  if (!(error instanceof MetricsError) || error.code !== 'budget_exceeded') return next(error)
  response.status(429).json({ error: 'No more summaries today.' })
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics/alerts`)
})
