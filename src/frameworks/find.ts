import { type Framework, NO_FRAMEWORK } from '../server/framework.ts'
import { express, isExpress } from './express.ts'
import { fastify, isFastify } from './fastify.ts'
import { hono, isHono } from './hono.ts'
import { isNode, node } from './node.ts'

/** What we know of an app's framework. Never throws: what nobody knows is counted by path. */
export function find(app: unknown): Framework {
  try {
    if (isExpress(app)) return express(app)
    if (isFastify(app)) return fastify(app)
    if (isHono(app)) return hono(app)
    if (isNode(app)) return node(app)
  } catch {
    // A getter of an app that throws.
  }
  return NO_FRAMEWORK
}
