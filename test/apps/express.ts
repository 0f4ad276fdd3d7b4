import { createServer, type ServerResponse } from 'node:http'
import { events, type Features, type Made, pause, promised, streamed, type TestApp } from './app.ts'

type Next = (error?: unknown) => void
interface Request {
  readonly params: Record<string, string>
}
interface Response extends ServerResponse {
  json(body: unknown): void
  send(body: string): void
  status(code: number): Response
}
type Handler = (request: Request, response: Response, next: Next) => unknown
interface Routes {
  get(path: string | readonly string[] | RegExp, ...handlers: Handler[]): unknown
  post(path: string, ...handlers: Handler[]): unknown
  use(...parts: (string | Handler | Routes)[]): unknown
}

/** Any version's `express`. */
interface Express {
  (): Routes & { set(name: string, value: unknown): void }
  Router(options?: { mergeParams?: boolean }): Routes
}

// Outside production Express answers with the stack, which differs from one run to the next.
function boom(): Error {
  return Object.assign(new Error('boom'), { stack: 'Error: boom' })
}

/** The app for a version of Express. */
export function expressApp(name: string, given: unknown, more: Partial<TestApp> = {}): TestApp {
  return {
    name,
    routes: true,
    wrongMethod: 404,
    malformed: 404,
    options: { status: 200, endpoint: 'unmatched' },
    templates: {},
    make: (features) => make(given as Express, name === 'Express 4', features),
    ...more,
  }
}

function make(express: Express, isFour: boolean, features: Features = {}): Made {
  const app = express()
  app.set('env', 'test')
  app.use('/assets', (_request, response) => response.send('yes'))
  app.get('/', (_request, response) => response.send('root'))
  app.get('/users/:id', (request, response) => response.json({ id: request.params['id'] }))
  app.post('/orders', (_request, response) => response.status(201).send('made'))
  app.get('/throw', () => {
    throw boom()
  })
  // Express 4 knows nothing of promises.
  app.get('/reject', async (_request, _response, next) => {
    if (isFour) return next(boom())
    throw boom()
  })
  app.get('/late', async (_request, _response, next) => {
    await pause(2)
    next(boom())
  })
  app.get('/teapot', (_request, response) => response.status(418).send('short and stout'))
  app.get(
    '/private',
    (_request, response) => response.status(401).send('no'),
    (_request, response) => response.send('secret')
  )
  app.get('/stream', (_request, response) => streamed(response))
  app.get('/events', (_request, response) => events(response))
  app.get('/promised', (_request, response) => promised(response))
  app.get('/slow', async (_request, response) => {
    await pause(400)
    response.send('late')
  })
  app.get('/healthz', (_request, response) => response.send('well'))
  if (features.metrics === true) app.get('/metrics', (_request, response) => response.send('mine'))
  app.use('/api', nested(express))
  app.get(['/one/:a', '/two/:b'], (_request, response) => response.send('array'))
  app.get(/^\/v\d+$/, (_request, response) => response.send('regexp'))
  return { app, serve: () => createServer(app as never) }
}

function nested(express: Express): Routes {
  const teams = express.Router()
  teams.get('/:team', (_request, response) => response.send('yes'))
  const orgs = express.Router({ mergeParams: true })
  orgs.use('/teams', teams)
  orgs.get('/boom', () => {
    throw boom()
  })
  const api = express.Router()
  api.use('/orgs/:org', orgs)
  // A sub-app, with a prototype of its own.
  const sub = express()
  sub.get('/things/:thing', (_request, response) => response.send('yes'))
  api.use('/sub/:tenant', sub)
  return api
}
