import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compare, type Status } from '../../src/health/check.ts'
import { Damping } from '../../src/health/damping.ts'

const status = fc.constantFrom<Status>('pass', 'warn', 'fail')
const times = fc.integer({ min: 1, max: 4 })

test('the status turns bad exactly after so many worse results in a row, and good after so many better ones', () => {
  fc.assert(
    fc.property(fc.array(status, { maxLength: 60 }), times, times, (results, failAfter, passAfter) => {
      const damping = new Damping(failAfter, passAfter, undefined)
      let row: Status[] = []
      for (const result of results) {
        const before = damping.status
        const after = damping.take(result)
        if (before === undefined) {
          assert.equal(after, result)
          continue
        }
        const side = Math.sign(compare(result, before))
        if (row.length > 0 && Math.sign(compare(row[0]!, before)) !== side) row = []
        if (side !== 0) row.push(result)
        const needed = side > 0 ? failAfter : passAfter
        assert.equal(after !== before, side !== 0 && row.length >= needed)
        if (after !== before) {
          assert.equal(after, result)
          row = []
        }
      }
    })
  )
})

test('what is presumed to pass passes until then', () => {
  const damping = new Damping(3, 1, 'pass')
  assert.deepEqual(
    ['warn', 'fail', 'warn'].map((result) => damping.take(result as Status)),
    ['pass', 'pass', 'warn']
  )
})
