import { app } from '../apps/express4.ts'
import { suite } from './suite.ts'

suite(app)
