import { app } from '../apps/express5.ts'
import { suite } from './suite.ts'

suite(app)
