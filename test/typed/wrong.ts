import { Metrics } from '../../src/index.ts'

// The compiler must find fault with every call here; it says so where it does not.
declare const app: object

export async function wrong(): Promise<void> {
  const metrics = new Metrics<{ revenue: { plan: 'pro' | 'team' }; import: { source: string } }>(app)
  // @ts-expect-error -- a name that is none
  metrics.track('revenu', 49)
  // @ts-expect-error -- the same without a value
  metrics.track('revenu')
  // @ts-expect-error -- a value that is none
  metrics.track('revenue', 49, { plan: 'gold' })
  // @ts-expect-error -- a label that is none
  metrics.track('revenue', 49, { plam: 'pro' })
  // @ts-expect-error -- a label too many
  metrics.track('revenue', 49, { plan: 'pro', country: 'DE' })
  // @ts-expect-error -- the same without a value
  metrics.track('revenue', { plan: 'gold' })
  // @ts-expect-error -- the label of another metric
  metrics.track('revenue', { source: 'csv' })
  // @ts-expect-error -- no number
  metrics.track('revenue', '49')
  // @ts-expect-error -- an id without its name
  metrics.track('revenue', 49, { plan: 'pro' }, 'evt_1')
  // @ts-expect-error -- an option that is none
  metrics.track('revenue', 49, { plan: 'pro' }, { key: 'evt_1' })
  // @ts-expect-error -- an id that may be missing
  metrics.track('revenue', 49, { plan: 'pro' }, { id: undefined })
  // @ts-expect-error -- an id that is no text
  metrics.track('revenue', 49, { plan: 'pro' }, { id: { of: 'x' } })
  // @ts-expect-error -- a name that is none
  metrics.counter('revenu')
  // @ts-expect-error -- a value that is none
  metrics.counter('revenue').add(1, { plan: 'gold' })
  // @ts-expect-error -- an option that is none
  metrics.counter('revenue', { units: 'EUR' })
  // @ts-expect-error -- a name that is none
  metrics.gauge('revenu').set(1)
  // @ts-expect-error -- a label that is none
  metrics.gauge('revenue').set(1, { plam: 'pro' })
  // @ts-expect-error -- no number
  metrics.gauge('revenue', () => 'five')
  // @ts-expect-error -- a name that is none
  metrics.histogram('revenu')
  // @ts-expect-error -- a value that is none
  metrics.histogram('revenue').observe(1, { plan: 'gold' })
  // @ts-expect-error -- a name that is none
  metrics.unique('revenu')
  // @ts-expect-error -- a value that is none
  metrics.unique('revenue').add('u1', { plan: 'gold' })
  // @ts-expect-error -- a name that is none
  await metrics.time('imports', async () => 5)
  // @ts-expect-error -- a label that is none
  await metrics.time('import', async () => 5, { sauce: 'csv' })
  // @ts-expect-error -- no function
  void metrics.time('import', 5)
  // @ts-expect-error -- not what it gives
  const text: string = await metrics.time('import', async () => 5)
  // @ts-expect-error -- no text
  metrics.deploy(5)
  // @ts-expect-error -- labels that no text comes of
  new Metrics<{ revenue: { plan: object } }>(app)
  // @ts-expect-error -- no labels
  new Metrics<{ revenue: string }>(app, { storage: text })
}
