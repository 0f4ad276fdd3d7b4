import { createServer, type Server } from 'node:http'
import { scratch } from '../launch.ts'
import { load, peer } from '../library.ts'

/** The frameworks that are measured. */
export type Framework = 'fastify' | 'hono' | 'express'

/** What is added to the app; `control` is `bare` once more, to show the noise. */
export type Variant =
  | 'bare'
  | 'control'
  | 'ours'
  | 'fastify-metrics'
  | 'express-prom-bundle'
  | '@hono/prometheus'
  | 'apitally'
  | 'swagger-stats'
  | 'opentelemetry'

/** Who is measured on which framework: the peers that support it. */
export const VARIANTS: Readonly<Record<Framework, readonly Variant[]>> = {
  fastify: ['bare', 'control', 'ours', 'fastify-metrics', 'apitally', 'swagger-stats', 'opentelemetry'],
  hono: ['bare', 'control', 'ours', '@hono/prometheus', 'apitally', 'opentelemetry'],
  express: ['bare', 'control', 'ours', 'express-prom-bundle', 'apitally', 'swagger-stats', 'opentelemetry'],
}

/** The app that everyone measures: one JSON route with a parameter. */
export async function serverOf(framework: Framework, variant: Variant): Promise<Server> {
  if (variant === 'opentelemetry') opentelemetry()
  if (framework === 'fastify') return fastify(variant)
  return framework === 'hono' ? hono(variant) : express(variant)
}

function answer(id: string | undefined): object {
  return { id, name: 'Ada Lovelace', plan: 'pro', active: true }
}

async function ours(app: unknown): Promise<void> {
  const { Metrics } = await load('index')
  const metrics = new Metrics(app, {
    storage: `sqlite://${scratch('metrics.db')}`,
    log: () => undefined,
  })
  await metrics.ready
}

const APITALLY = { clientId: '76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9', env: 'dev' }

interface FastifyApp {
  readonly server: Server
  get(path: string, route: (request: { params: { id: string } }) => object): void
  register(plugin: unknown, options?: object): Promise<void>
  ready(): Promise<void>
}

async function fastify(variant: Variant): Promise<Server> {
  const app = peer<() => FastifyApp>('fastify')()
  if (variant === 'ours') await ours(app)
  if (variant === 'fastify-metrics') {
    const { default: plugin } = peer<{ default: unknown }>('fastify-metrics')
    await app.register(plugin, { endpoint: '/metrics' })
  }
  if (variant === 'apitally') {
    const { apitallyPlugin } = peer<{ apitallyPlugin: unknown }>('apitally/fastify')
    await app.register(apitallyPlugin, APITALLY)
  }
  if (variant === 'swagger-stats') {
    await app.register(peer('@fastify/middie'))
    await app.register(peer<{ getFastifyPlugin: unknown }>('swagger-stats').getFastifyPlugin, {})
  }
  app.get('/users/:id', ({ params }) => answer(params.id))
  await app.ready()
  return app.server
}

interface HonoContext {
  readonly req: { param(name: string): string }
  json(body: object): Response
}

interface HonoApp {
  readonly fetch: unknown
  use(path: string, middleware: unknown): void
  get(path: string, route: (context: HonoContext) => Response): void
}

async function hono(variant: Variant): Promise<Server> {
  const { Hono } = peer<{ Hono: new () => HonoApp }>('hono')
  const { createAdaptorServer } = peer<{ createAdaptorServer: (app: HonoApp) => Server }>('@hono/node-server')
  const app = new Hono()
  if (variant === 'ours') await ours(app)
  if (variant === '@hono/prometheus') {
    const { prometheus } = peer<{ prometheus: () => { printMetrics: never; registerMetrics: unknown } }>(
      '@hono/prometheus'
    )
    const { printMetrics, registerMetrics } = prometheus()
    app.use('*', registerMetrics)
    app.get('/metrics', printMetrics)
  }
  if (variant === 'apitally') {
    peer<{ useApitally(app: unknown, options: object): void }>('apitally/hono').useApitally(app, APITALLY)
  }
  app.get('/users/:id', (context) => context.json(answer(context.req.param('id'))))
  return createAdaptorServer(app)
}

interface ExpressApp {
  (request: never, response: never): void
  use(middleware: unknown): void
  get(path: string, route: (request: { params: { id: string } }, response: { json(body: object): void }) => void): void
}

async function express(variant: Variant): Promise<Server> {
  const app = peer<() => ExpressApp>('express')()
  if (variant === 'ours') await ours(app)
  if (variant === 'express-prom-bundle') {
    const bundle = peer<(options: object) => unknown>('express-prom-bundle')
    // Without `includePath` it would count all routes as one, which is not what the others do.
    app.use(bundle({ includeMethod: true, includePath: true, includeStatusCode: true }))
  }
  if (variant === 'apitally') {
    peer<{ useApitally(app: unknown, options: object): void }>('apitally/express').useApitally(app, APITALLY)
  }
  if (variant === 'swagger-stats') {
    app.use(peer<{ getMiddleware(options: object): unknown }>('swagger-stats').getMiddleware({}))
  }
  app.get('/users/:id', ({ params }, response) => response.json(answer(params.id)))
  return createServer(app as never)
}

type Class = new (options?: object) => object

/** Metrics only, as its own guide sets it up: instrumentations, a provider, a periodic reader. */
function opentelemetry(): void {
  const { MeterProvider, PeriodicExportingMetricReader, InMemoryMetricExporter } =
    peer<Record<string, Class>>('@opentelemetry/sdk-metrics')
  const { registerInstrumentations } = peer<{ registerInstrumentations: (options: object) => void }>(
    '@opentelemetry/instrumentation'
  )
  const CUMULATIVE = 1
  const exporter = new (InMemoryMetricExporter as unknown as new (temporality: number) => object)(CUMULATIVE)
  const meterProvider = new MeterProvider!({ readers: [new PeriodicExportingMetricReader!({ exporter })] })
  const make = (name: string, exported: string): object => new (peer<Record<string, Class>>(name)[exported]!)()
  registerInstrumentations({
    meterProvider,
    instrumentations: [
      make('@opentelemetry/instrumentation-http', 'HttpInstrumentation'),
      make('@opentelemetry/instrumentation-fastify', 'FastifyInstrumentation'),
      make('@opentelemetry/instrumentation-express', 'ExpressInstrumentation'),
    ],
  })
  // Its hook is on require(): `http` must have gone through it before the frameworks hold on to it.
  peer('http')
}
