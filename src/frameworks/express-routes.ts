import { takes, under } from '../server/template.ts'

/** A layer of an Express router: a route, a mounted router or middleware. */
export interface Layer {
  readonly route?: { readonly path: unknown }
  readonly handle: { readonly stack?: readonly Layer[]; readonly length?: number }
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean }
  readonly keys?: readonly unknown[]
  /** Express 5. */
  readonly slash?: boolean
  readonly matchers?: readonly ((path: string) => false | { path: string; params: object })[]
}

/** Whether one of an app's routes, or something mounted at a plain path, takes this path. */
export function hasRoute(stack: readonly Layer[], path: string, base = ''): boolean {
  return stack.some((layer) => takesPath(layer, path, base))
}

function takesPath(layer: Layer, path: string, base: string): boolean {
  if (layer.route !== undefined) {
    const { path: own } = layer.route
    if (typeof own === 'string') return takes(under(base, own), path)
    return Array.isArray(own) && own.some((one) => typeof one === 'string' && takes(under(base, one), path))
  }
  const prefix = mountedAt(layer, path.slice(base.length) || '/')
  if (prefix === undefined) return false
  const inner = layer.handle.stack
  return inner === undefined ? prefix !== '' : hasRoute(inner, path, base + prefix)
}

/** The beginning of a path that a mount takes; undefined: none, or any, which is no claim. */
function mountedAt(layer: Layer, path: string): string | undefined {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return ''
  for (const matcher of layer.matchers ?? []) {
    const match = matcher(path)
    if (match !== false && Object.keys(match.params).length === 0) return match.path.replace(/\/$/, '')
  }
  if (layer.regexp === undefined || (layer.keys?.length ?? 0) > 0) return undefined
  return layer.regexp.exec(path)?.[0].replace(/\/$/, '')
}
