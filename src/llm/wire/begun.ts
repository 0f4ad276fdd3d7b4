import type { Asked } from '../seen.ts'
import { hostProvider, headerProvider } from './provider.ts'
import { readRequest, type Request } from './request.ts'
import type { Route } from './route.ts'

/** What is known of a call when it begins; nothing of the app's is held by it, no header, no body. */
export interface Begun {
  readonly route: Route
  readonly request: Request
  /** The provider of the host; '' for one that nobody knows. */
  readonly known: string
  /** The provider that the headers of the request speak to; '' where they do not. */
  readonly spoken: string
  /** As the request names it. */
  readonly model: string
  readonly origin: unknown
  /** Unix ms, and milliseconds that never jump. */
  readonly time: number
  readonly at: number
}

/** Takes down what a request says. */
export function begin(
  asked: Asked,
  route: Route,
  own: ReadonlyMap<string, string>,
  now: Pick<Begun, 'origin' | 'time' | 'at'>
): Begun {
  const request = readRequest(asked.body, route.operation)
  const header = (name: string): string | undefined => asked.header(name)
  return {
    route,
    request,
    known: hostProvider(route.host, own),
    spoken: headerProvider({ host: route.host, path: route.path, header }),
    model:
      request.model || route.model || (header('ai-language-model-id') ?? header('ai-model-id') ?? '').slice(0, 256),
    ...now,
  }
}
