import { createServer, type Server } from 'node:http'

/** What a route answers with; its template is `/<name>/:id`. */
export type Routes = Readonly<Record<string, (id: string) => Promise<string>>>

export type Framework = 'express' | 'fastify' | 'hono' | 'node'

/** An app with those routes: what is given to Metrics, and its server once that is done. */
export interface Served {
  readonly app: unknown
  serve(): Promise<Server>
}

/** Makes an app; the framework is loaded here and not before. */
export function served(framework: Framework, routes: Routes): Promise<Served> {
  return MAKE[framework](Object.entries(routes))
}

type Listed = readonly (readonly [name: string, route: Routes[string]])[]

const MAKE: Readonly<Record<Framework, (routes: Listed) => Promise<Served>>> = {
  async express(routes) {
    const { default: express } = await import('express')
    const app = express()
    for (const [name, route] of routes)
      app.get(`/${name}/:id`, async (request, response) => {
        response.type('text').send(await route(String(request.params['id'])))
      })
    return { app, serve: async () => createServer(app) }
  },
  async fastify(routes) {
    const { default: Fastify } = await import('fastify')
    const app = Fastify()
    for (const [name, route] of routes)
      app.get(`/${name}/:id`, async (request) => route((request.params as { id: string }).id))
    const serve = async (): Promise<Server> => {
      await app.ready()
      return app.server
    }
    return { app, serve }
  },
  async hono(routes) {
    const [{ Hono }, { createAdaptorServer }] = await Promise.all([import('hono'), import('@hono/node-server')])
    const app = new Hono()
    for (const [name, route] of routes) app.get(`/${name}/:id`, async (c) => c.text(await route(c.req.param('id'))))
    return { app, serve: async () => createAdaptorServer({ fetch: app.fetch }) as Server }
  },
  async node(routes) {
    const table = new Map(routes)
    const server = createServer((request, response) => {
      const [, name = '', id = ''] = (request.url ?? '').split('/')
      const answered = table.get(name)?.(id) ?? Promise.reject(new Error('no such route'))
      answered.then(
        (text) => response.end(text),
        (error: unknown) => response.writeHead(500).end(String(error))
      )
    })
    return { app: server, serve: async () => server }
  },
}
