import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import type { IContainer } from 'kubernetes-models/v1/Container'
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec'
import type { IProbe } from 'kubernetes-models/v1/Probe'
import type { ISecret } from 'kubernetes-models/v1/Secret'
import type { IService } from 'kubernetes-models/v1/Service'
import { parseAllDocuments } from 'yaml'
import { root } from './world.ts'

/** A document of a manifest. */
export interface Resource {
  readonly apiVersion: string
  readonly kind: string
}

/** The example's folder. */
export const home: string = join(root, 'examples', 'kubernetes')

/** Every document of a manifest, as a cluster would read it. */
export function resources(file: string, folder: string = home): readonly Resource[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, [])
    return document.toJS() as Resource
  })
}

function one<T>(file: string, kind: string): T {
  return resources(file).find((resource) => resource.kind === kind) as T
}

export const deployment: IDeployment = one('app.yaml', 'Deployment')
export const budget: IPodDisruptionBudget = one('app.yaml', 'PodDisruptionBudget')
export const service: IService = one('app.yaml', 'Service')
export const secret: ISecret = one('secret.yaml', 'Secret')
export const pod: IPodSpec = deployment.spec!.template.spec!
export const container: IContainer = pod.containers[0]!

/** What the container is started with; secrets are replaced by `secretly`. */
export function environment(secretly: string): Record<string, string> {
  const pairs = (container.env ?? []).map(({ name, value, valueFrom }) => {
    return [name, valueFrom?.secretKeyRef === undefined ? (value ?? '') : secretly]
  })
  return Object.fromEntries(pairs) as Record<string, string>
}

/** The probes by their name in the manifest. */
export const probes: Readonly<Record<'startup' | 'liveness' | 'readiness', IProbe>> = {
  startup: container.startupProbe!,
  liveness: container.livenessProbe!,
  readiness: container.readinessProbe!,
}
