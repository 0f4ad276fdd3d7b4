import fastify from 'fastify'
import { events, type Features, type Made, pause, promised, streamed, type TestApp } from './app.ts'

export const app: TestApp = fastifyApp('Fastify', fastify)

/** The app of the suite on any version of Fastify. */
export function fastifyApp(name: string, version: typeof fastify): TestApp {
  return {
    name,
    routes: true,
    wrongMethod: 404,
    malformed: 400,
    options: { status: 404, endpoint: 'unmatched' },
    templates: {},
    make: (features) => make(version, features),
  }
}

function make(version: typeof fastify, features: Features = {}): Made {
  const app = version({ forceCloseConnections: true })
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/private') return reply.code(401).send('no')
    return undefined
  })
  app.get('/', () => 'root')
  app.get<{ Params: { id: string } }>('/users/:id', (request) => ({ id: request.params.id }))
  app.post('/orders', (_request, reply) => reply.code(201).send('made'))
  app.get('/throw', () => {
    throw new Error('boom')
  })
  app.get('/reject', () => Promise.reject(new Error('boom')))
  app.get('/late', async () => {
    await pause(2)
    throw new Error('boom')
  })
  app.get('/teapot', (_request, reply) => reply.code(418).send('short and stout'))
  app.get('/private', () => 'secret')
  app.get('/stream', (_request, reply) => streamed(reply.hijack().raw))
  app.get('/events', (_request, reply) => events(reply.hijack().raw))
  app.get('/promised', (_request, reply) => promised(reply.hijack().raw))
  app.get('/slow', async () => {
    await pause(400)
    return 'late'
  })
  app.get('/healthz', () => 'well')
  app.get('/assets/*', () => 'yes')
  if (features.metrics === true) app.get('/metrics', () => 'mine')
  void app.register(
    async (api) => {
      await api.register(
        (orgs, _options, done) => {
          orgs.get('/teams/:team', () => 'yes')
          orgs.get('/boom', () => {
            throw new Error('boom')
          })
          done()
        },
        { prefix: '/orgs/:org' }
      )
    },
    { prefix: '/api' }
  )
  return {
    app,
    serve: async () => {
      await app.ready()
      return app.server
    },
    stop: () => app.close(),
  }
}
