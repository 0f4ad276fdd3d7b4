import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AlertState, type Finding, fresh, type Kind, next, type Timing } from '../../src/alerts/machine.ts'

const finding: fc.Arbitrary<Finding> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('bad', 'good', 'between').map(valued) },
  fc.constantFrom('few' as const, 'none' as const)
)
const steps = fc.array(fc.record({ finding, elapsed: fc.integer({ min: 0, max: 100 }) }), { maxLength: 200 })
const timing: fc.Arbitrary<Timing> = fc.record({
  for: fc.constantFrom(0, 50, 200),
  keepFiring: fc.constantFrom(0, 50, 200),
  repeatEvery: fc.constantFrom(null, 300),
  noData: fc.record({
    policy: fc.constantFrom('keep' as const, 'ok' as const, 'alert' as const),
    after: fc.constantFrom(0, 150),
  }),
})

function valued(kind: 'bad' | 'good' | 'between'): Finding {
  return { value: 1, bad: kind === 'bad', good: kind === 'good' }
}

interface Run {
  readonly kinds: Kind[]
  readonly states: AlertState[]
  /** What was said at each step. */
  readonly said: (readonly Kind[])[]
}

function run(all: readonly { finding: Finding; elapsed: number }[], by: Timing): Run {
  let state = fresh(0)
  let now = 0
  const result: Run = { kinds: [], states: [], said: [] }
  for (const { finding: found, elapsed } of all) {
    now += elapsed
    const step = next(state, found, by, elapsed, now)
    state = step.state
    result.kinds.push(...step.kinds)
    result.states.push(state)
    result.said.push(step.kinds)
  }
  return result
}

test('what fires is over before it fires again, and nothing is over that did not fire', () => {
  fc.assert(
    fc.property(steps, timing, (all, by) => {
      const main = run(all, by).kinds.filter((kind) => kind === 'firing' || kind === 'resolved')
      main.forEach((kind, at) => assert.equal(kind, at % 2 === 0 ? 'firing' : 'resolved'))
    })
  )
})

test('the state says what was told: it fires from one word to the other, and reminders come only in between', () => {
  fc.assert(
    fc.property(steps, timing, (all, by) => {
      let fires = false
      const { states, said } = run(all, by)
      states.forEach(({ state, startsAt }, at) => {
        for (const kind of said[at]!) {
          if (kind === 'firing') fires = true
          if (kind === 'resolved') fires = false
          if (kind === 'reminder') assert.ok(fires)
        }
        assert.equal(state === 'firing' || state === 'recovering', fires)
        assert.equal(startsAt !== null, fires)
      })
    })
  )
})

test('nothing fires before it was bad for as long as it must be, with no good value in between', () => {
  fc.assert(
    fc.property(steps, timing, (all, by) => {
      let bad = -1
      run(all, by).said.forEach((kinds, at) => {
        const { finding: found, elapsed } = all[at]!
        if (typeof found === 'string') {
          // Time without a value to judge by does not count; with `ok` no data are good.
          if (found === 'none' && by.noData.policy === 'ok') bad = -1
        } else if (!found.bad) bad = -1
        else bad = bad < 0 ? 0 : bad + elapsed
        if (kinds.includes('firing')) assert.ok(bad >= by.for, `${bad} of ${by.for}`)
      })
    })
  )
})

test('no data are told of once, and once that they are back', () => {
  fc.assert(
    fc.property(steps, timing, (all, by) => {
      const words = run(all, by).kinds.filter((kind) => kind === 'no_data' || kind === 'data')
      words.forEach((kind, at) => assert.equal(kind, at % 2 === 0 ? 'no_data' : 'data'))
      if (by.noData.policy !== 'alert') assert.equal(words.length, 0)
    })
  )
})

test('with too few values, and with none where the state is kept, nothing changes', () => {
  fc.assert(
    fc.property(steps, timing, fc.constantFrom('few' as const, 'none' as const), (all, by, found) => {
      if (found === 'none' && by.noData.policy === 'ok') return
      const before = run(all, by).states.at(-1) ?? fresh(0)
      const { state } = next(before, found, by, 10, 1e6)
      assert.deepEqual(
        [state.state, state.startsAt, state.held, state.value],
        [before.state, before.startsAt, before.held, before.value]
      )
    })
  )
})

test('reminders are as far apart as they should be', () => {
  fc.assert(
    fc.property(steps, timing, (all, by) => {
      let quiet = 0
      run(all, by).said.forEach((kinds, at) => {
        quiet += all[at]!.elapsed
        if (kinds.includes('reminder')) assert.ok(by.repeatEvery !== null && quiet >= by.repeatEvery)
        if (kinds.some((kind) => kind === 'reminder' || kind === 'firing')) quiet = 0
      })
    })
  )
})
