import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sqlite } from '../../src/storage/sqlite.ts'
import { testAnswers } from './suite.ts'

testAnswers(
  test,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pocketmetrics-answers-'))
    return { driver: sqlite(join(folder, 'metrics.db')), remove: () => rm(folder, { recursive: true, force: true }) }
  },
  8
)
