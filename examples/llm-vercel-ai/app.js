import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Metrics } from 'pocketmetrics'
import { anthropic } from '@ai-sdk/anthropic'
import { openai } from '@ai-sdk/openai'
import { generateText, streamText } from 'ai'

const app = new Hono()
const metrics = new Metrics(app)

// OPENAI_API_KEY
app.get('/titles/:id', async (c) => {
  const { text } = await generateText({
    model: openai('gpt-5-mini'),
    prompt: `Find a title for article ${c.req.param('id')}.`,
  })
  return c.json({ title: text })
})

// ANTHROPIC_API_KEY. The answer goes on as it comes; a visitor who leaves ends the call, and it counts as aborted.
app.get('/chat', (c) => {
  const plan = c.req.query('plan')
  const answer = metrics.llm.run({ feature: plan === 'pro' ? 'pro-chat' : 'free-chat' }, () =>
    streamText({
      model: anthropic('claude-haiku-4-5-20251001'),
      prompt: c.req.query('q') ?? '',
      abortSignal: c.req.raw.signal,
    })
  )
  return answer.toTextStreamResponse()
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/metrics/costs?group_by=endpoint`)
})
