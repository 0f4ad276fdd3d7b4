import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAULTS } from '../../chaos/faults.ts'
import { happen } from '../../chaos/history.ts'
import { sqlite } from '../../chaos/stores/sqlite.ts'

/** What strikes in a few seconds on a machine that does other things besides. */
const SHORT = ['kill', 'freeze', 'term', 'seal', 'maintain', 'skew', 'lock', 'reader']

for (const seed of [11]) {
  test(`real processes on one file, killed, frozen and sealed at random: the ledger holds (seed ${seed})`, async () => {
    const told: string[] = []
    const faults = FAULTS.filter(({ name }) => SHORT.includes(name))
    const tell = (line: string): void => void told.push(line)
    const { wrongs, ledger } = await happen({ seed, opens: sqlite, faults, lasts: 3_500, isBusy: true, tell })
    assert.deepEqual(wrongs, [], told.join('\n'))
    assert.ok(ledger.acknowledged.size > 0)
  })
}
