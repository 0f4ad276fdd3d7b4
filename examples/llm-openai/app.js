import express from 'express'
// First, so that clients that keep `fetch` when they are made are seen on every Node.
import { Metrics } from 'pocketmetrics'
import OpenAI from 'openai'

const app = express()
const metrics = new Metrics(app)
const openai = new OpenAI() // OPENAI_API_KEY

// What this costs is on the account of /summaries/:id, without another line.
app.get('/summaries/:id', async (request, response) => {
  const { output_text } = await openai.responses.create({
    model: 'gpt-5-mini',
    input: `Sum up article ${request.params.id} in one sentence.`,
  })
  response.json({ summary: output_text })
})

// Streamed. With `include_usage` OpenAI says at the end what was used; without, it is estimated.
app.post('/chat', express.json(), async (request, response) => {
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: request.body.question }],
    stream: true,
    stream_options: { include_usage: true },
  })
  response.type('text')
  for await (const chunk of stream) response.write(chunk.choices[0]?.delta.content ?? '')
  response.end()
})

// A feature is a second name for costs, for parts of the app that are no route of their own.
app.get('/search/:words', async (request, response) => {
  const { data } = await metrics.llm.run({ feature: 'search' }, () =>
    openai.embeddings.create({ model: 'text-embedding-3-small', input: request.params.words })
  )
  response.json({ dimensions: data[0].embedding.length })
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/metrics/costs?group_by=endpoint`)
})
