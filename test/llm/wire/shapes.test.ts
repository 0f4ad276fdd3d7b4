import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixtures } from './fixtures/all.ts'
import { counted, wanted } from './fixtures/fixture.ts'

for (const fixture of fixtures) {
  test(fixture.name, () => {
    assert.deepEqual(counted(fixture), wanted(fixture))
  })
}
