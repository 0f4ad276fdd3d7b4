import type fastify from 'fastify'
import { createRequire } from 'node:module'
import { fastifyApp } from './fastify.ts'
import type { TestApp } from './app.ts'

// Its types are those of another copy of Fastify; what the suite uses of it is the same.
const version = createRequire(import.meta.url)('fastify50') as typeof fastify

export const app: TestApp = fastifyApp('Fastify 5.0', version)
