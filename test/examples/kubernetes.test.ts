import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../src/config.ts'
import { budget, container, deployment, pod, probes, type Resource, resources, secret, service } from './manifest.ts'
import { mistyped, refused } from './schemas.ts'

const all = ['app.yaml', 'secret.yaml'].flatMap((file) => resources(file))

test('every resource of the manifest is valid by the published schema of its kind', () => {
  assert.deepEqual(
    all.map(({ kind }) => kind),
    ['Deployment', 'PodDisruptionBudget', 'Service', 'Secret']
  )
  assert.deepEqual(all.map(refused), ['', '', '', ''])
})

test('the validator finds what is wrong', () => {
  const broken = (change: (copy: typeof deployment) => void): string => {
    const copy = structuredClone(deployment)
    change(copy)
    return refused(copy)
  }
  const first = (copy: typeof deployment): typeof container => copy.spec!.template.spec!.containers[0]!
  assert.match(
    broken((copy) => (first(copy).livenessProbe!.periodSeconds = '5' as never)),
    /periodSeconds must be integer/
  )
  assert.match(
    broken((copy) => (first(copy).resources!.limits!['memory'] = '256 MB')),
    /memory/
  )
  assert.match(
    broken((copy) => delete (copy.spec as { selector?: unknown }).selector),
    /selector/
  )
})

test('no field of the manifest is misspelt', async (t) => {
  // Schemas let unknown fields pass, and clusters ignore them; types do neither.
  assert.equal(await mistyped(t, all), '')
  const misspelt = structuredClone(deployment) as unknown as Resource & { spec: { template: { spec: object } } }
  Object.assign(misspelt.spec.template.spec, { terminationGracePeriod: 30 })
  assert.match(await mistyped(t, [misspelt]), /terminationGracePeriod"' does not exist/)
})

test('the parts of the manifest fit together', () => {
  const { labels, annotations } = deployment.spec!.template.metadata!
  assert.deepEqual(deployment.spec!.selector.matchLabels, labels)
  assert.deepEqual(budget.spec!.selector!.matchLabels, labels)
  assert.deepEqual(service.spec!.selector, labels)
  const [port] = container.ports!
  assert.equal(service.spec!.ports![0]!.targetPort, port!.name)
  assert.deepEqual(
    Object.values(probes).map((probe) => probe.httpGet!.port),
    Array.from({ length: 3 }, () => port!.name)
  )
  const { env } = container
  assert.equal(env!.find(({ name }) => name === 'PORT')!.value, String(port!.containerPort))
  assert.equal(annotations!['prometheus.io/port'], String(port!.containerPort))
  const kept = env!.find(({ name }) => name === 'METRICS_STORAGE')!.value!
  const [mount] = container.volumeMounts!
  assert.equal(kept, `sqlite://${mount!.mountPath}/metrics.db`)
  assert.ok(pod.volumes!.some((volume) => volume.name === mount!.name && volume.emptyDir))
  const asked = env!.find(({ valueFrom }) => valueFrom !== undefined)!.valueFrom!.secretKeyRef!
  assert.deepEqual([asked.name, asked.key], [secret.metadata!.name, Object.keys(secret.stringData!)[0]])
  // A key that stands in a public repository is everybody's.
  assert.deepEqual(Object.values(secret.stringData!), [''])
})

test('the pod is given the time that its end takes', () => {
  const { health } = settle({ health: { drainDelay: drainDelay() } }, {})
  assert.ok(health !== false)
  const delay = health.drainDelay / 1000
  const before = container.lifecycle!.preStop!.sleep!.seconds
  assert.ok(pod.terminationGracePeriodSeconds! >= before + 2 * delay + 2)
  const { periodSeconds, failureThreshold } = probes.readiness
  assert.ok(periodSeconds! * failureThreshold! <= before + delay, 'a balancer that asks as often has noticed by then')
})

function drainDelay(): string {
  return container.env!.find(({ name }) => name === 'DRAIN_DELAY')!.value!
}

test('no probe lives by the second that is its default', () => {
  const told = Object.fromEntries(Object.entries(probes).map(([name, { httpGet }]) => [name, httpGet!.path]))
  assert.deepEqual(told, { startup: '/health/startup', liveness: '/health/live', readiness: '/health/ready' })
  for (const { timeoutSeconds, periodSeconds } of Object.values(probes)) {
    assert.ok(timeoutSeconds! >= 2 && timeoutSeconds! <= periodSeconds!)
  }
})
