import { Metrics, type Counter, type LooseLabels, type Options, type TrackOptions } from '../../src/index.ts'

// Every call here must compile: test/typed.test.ts says so, and looks for the contrary in wrong.ts.
interface Sale {
  plan: 'pro' | 'team'
  seats?: number
}

interface Business {
  revenue: Sale
  import: { source: string }
  active_users: { plan: 'pro' | 'team' }
  nothing: Record<never, never>
}

declare const app: object
declare const options: Options
declare const event: { id: string }

export async function typed(): Promise<number> {
  const metrics = new Metrics<{ revenue: { plan: 'pro' | 'team' } }>(app)
  metrics.track('revenue', 49, { plan: 'pro' })
  metrics.track('revenue', 49, { plan: 'team' }, { id: event.id })
  metrics.track('revenue', { plan: 'team' }, { id: 7 })
  metrics.track('revenue', { plan: 'team' })
  metrics.track('revenue', 49)
  metrics.track('revenue')
  metrics.counter('revenue', { unit: 'EUR' }).add(1, { plan: 'pro' })
  metrics.histogram('revenue').observe(1, { plan: 'pro' })
  metrics.gauge('revenue').set(1, { plan: 'pro' })
  const given: number = metrics.time('revenue', () => 5, { plan: 'pro' })
  return given
}

export async function described(): Promise<string> {
  const metrics = new Metrics<Business>(app, options)
  metrics.track('revenue', 49, { plan: 'pro', seats: 3 })
  metrics.unique('active_users').add('u1', { plan: 'pro' })
  metrics.gauge('nothing', () => 5)
  metrics.gauge('nothing', async () => 5, { unit: 'jobs' })
  metrics.gauge('nothing', { unit: 'jobs' }).set(5)
  const counter: Counter<Sale> = metrics.counter('revenue')
  counter.add()
  metrics.error(new Error('x'), { anything: 'goes' })
  metrics.deploy('v1.4.0')
  const text: string = await metrics.time('import', async () => 'text', { source: 'csv' })
  return text
}

export async function untyped(name: string, labels: LooseLabels, once: TrackOptions): Promise<void> {
  for (const metrics of [new Metrics(), new Metrics(app), new Metrics(app, options), new Metrics(options)]) {
    metrics.track(name, 1, labels, once)
    metrics.track('anything', { goes: true, here: 5, none: null })
    metrics.counter(name).add(1, labels)
    metrics.gauge('depth').set(1, { queue: 'mail' })
    metrics.histogram('job_seconds', { unit: 's' }).observe(0.8, { job: 'x' })
    metrics.unique('users').add(5, { plan: 'pro' })
    metrics.time('import', () => undefined)
    await metrics.time(name, async () => {}, labels)
    takes(metrics)
  }
}

function takes(metrics: Metrics): void {
  metrics.track('x')
}
