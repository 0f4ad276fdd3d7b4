import { app } from '../apps/hono.ts'
import { suite } from './suite.ts'

suite(app)
