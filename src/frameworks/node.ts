import type { Server } from 'node:http'
import type { Framework } from '../server/framework.ts'
import { NO_FRAMEWORK } from '../server/framework.ts'

/** Whether this is a server of `node:http` or `node:https`. */
export function isNode(app: unknown): app is Server {
  const server = app as Partial<Server> | null | undefined
  return (
    typeof server?.listen === 'function' && typeof server.emit === 'function' && typeof server.address === 'function'
  )
}

/** A bare server: it has no router, so paths are normalised. */
export function node(app: Server): Framework {
  return { ...NO_FRAMEWORK, owns: (server) => server === app }
}
