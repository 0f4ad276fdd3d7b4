import { app } from '../apps/fastify.ts'
import { suite } from './suite.ts'

suite(app)
