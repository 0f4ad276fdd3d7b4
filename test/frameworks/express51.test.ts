import { app } from '../apps/express51.ts'
import { suite } from './suite.ts'

suite(app)
