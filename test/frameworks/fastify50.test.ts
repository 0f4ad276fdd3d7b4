import { app } from '../apps/fastify50.ts'
import { suite } from './suite.ts'

suite(app)
