import { test } from 'node:test'
import { memory } from '../../src/storage/memory.ts'
import { testAnswers } from './suite.ts'

testAnswers(test, async () => ({ driver: memory(), remove: () => Promise.resolve() }))
