import { app } from '../apps/node.ts'
import { suite } from './suite.ts'

suite(app)
