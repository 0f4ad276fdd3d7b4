import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAULTS } from '../../chaos/faults.ts'
import { happen } from '../../chaos/history.ts'
import { postgres } from '../../chaos/stores/postgres.ts'
import { redis } from '../../chaos/stores/redis.ts'

/** What strikes processes, the way to a server and the server itself, each for a moment only. */
const SHORT = ['kill', 'freeze', 'lost-reply', 'reset', 'no-replies', 'freeze-server']
const faults = FAULTS.filter(({ name }) => SHORT.includes(name)).map((fault) => ({ ...fault, longest: 900 }))

for (const [name, opens, seed] of [
  ['Redis', redis, 14],
  ['PostgreSQL', postgres, 14],
] as const) {
  test(`real processes on one ${name}, killed, frozen and cut off at random: the ledger holds (seed ${seed})`, async () => {
    const told: string[] = []
    const tell = (line: string): void => void told.push(line)
    const { wrongs, ledger } = await happen({ seed, opens, faults, lasts: 2_000, isBusy: true, tell })
    assert.deepEqual(wrongs, [], told.join('\n'))
    assert.ok(ledger.acknowledged.size > 0)
  })
}
