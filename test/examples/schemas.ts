import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { Secret } from 'kubernetes-models/v1/Secret'
import { Service } from 'kubernetes-models/v1/Service'
import { run } from '../../scripts/step.ts'
import type { Resource } from './manifest.ts'
import { root } from './world.ts'

const MODELS = [Deployment, StatefulSet, PodDisruptionBudget, Secret, Service] as const

/** What the published schema of its kind has against a resource; '' where it has nothing. */
export function refused(resource: Resource): string {
  const model = MODELS.find(({ apiVersion, kind }) => apiVersion === resource.apiVersion && kind === resource.kind)
  if (model === undefined) return `no schema of ${resource.apiVersion} ${resource.kind}`
  try {
    new model(resource as never).validate()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

/** What its published types have against the fields of resources; '' where they have nothing. */
export async function mistyped(t: TestContext, given: readonly Resource[]): Promise<string> {
  const scratch = join(root, '.build', 'manifest')
  mkdirSync(scratch, { recursive: true })
  const folder = mkdtempSync(join(scratch, 'types-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const lines = given.map((resource, at) => {
    const [path, kind] = [resource.apiVersion, resource.kind]
    return `import type { I${kind} as T${at} } from 'kubernetes-models/${path}/${kind}'
export const resource${at}: T${at} = ${JSON.stringify(resource)}`
  })
  writeFileSync(join(folder, 'manifest.ts'), lines.join('\n'))
  const options = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2023',
  ]
  const ended = await run(join(root, 'node_modules', '.bin', 'tsc'), [...options, join(folder, 'manifest.ts')], {
    quiet: true,
  })
  return ended.code === 0 ? '' : ended.output
}
