import Fastify from 'fastify'
import { Metrics } from 'pocketmetrics'
import Anthropic from '@anthropic-ai/sdk'

const app = Fastify()
const metrics = new Metrics(app)
const anthropic = new Anthropic() // ANTHROPIC_API_KEY

// A long preamble that is cached: what is written to the cache and read from it has prices of its own.
const system = [{ type: 'text', text: 'You are a patient librarian.', cache_control: { type: 'ephemeral' } }]

app.get('/questions/:id', async (request) => {
  const message = await anthropic.messages.create({
    model: 'claude-haiku-4-5-20251001',
    max_tokens: 1024,
    system,
    messages: [{ role: 'user', content: `Answer question ${request.params.id}.` }],
  })
  return { answer: message.content.map((block) => block.text).join('') }
})

app.get('/stories/:id', async (request) => {
  const stream = anthropic.messages.stream({
    model: 'claude-haiku-4-5-20251001',
    max_tokens: 1024,
    messages: [{ role: 'user', content: `Tell story ${request.params.id}.` }],
  })
  return { story: await stream.finalText() }
})

// A queue runs work outside of the request that asked for it; `bind` takes the request's account along.
const queue = []
setInterval(() => void queue.shift()?.(), 10)

app.post('/reports/:id', async (request, reply) => {
  const write = async () => {
    await anthropic.messages.create({
      model: 'claude-haiku-4-5-20251001',
      max_tokens: 1024,
      messages: [{ role: 'user', content: `Write report ${request.params.id}.` }],
    })
    metrics.track('reports')
  }
  queue.push(metrics.llm.bind(write))
  return reply.code(202).send({ accepted: true })
})

const address = await app.listen({ port: Number(process.env.PORT ?? 3000) })
console.log(`${address}/metrics/costs?group_by=endpoint`)
