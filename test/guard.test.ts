import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricsError } from '../src/errors.ts'
import { Guard, oneLine } from '../src/guard.ts'
import { fakeClock } from '../src/testing.ts'

function setUp() {
  const clock = fakeClock()
  const lines: string[] = []
  return { clock, lines, guard: new Guard(clock, (line) => lines.push(line)) }
}

test('the first of each kind is logged, then at most one in ten minutes; all are counted', () => {
  const { clock, lines, guard } = setUp()
  for (let i = 0; i < 5; i++) guard.caught('flush', new Error('full'))
  guard.caught('api', 'text')
  clock.advance(600_000)
  guard.caught('flush', new Error('full again'))
  assert.deepEqual(lines, [
    '[pocketmetrics] flush: full',
    '[pocketmetrics] api: text',
    '[pocketmetrics] flush: full again',
  ])
  assert.equal(guard.counts.get('flush'), 6)
})

test('a trouble of the store that is met in several places is told once in ten minutes, with what to do', () => {
  const { clock, lines, guard } = setUp()
  const down = new MetricsError('storage_failed', 'The store is gone', { hint: 'start it' })
  for (const kind of ['storage', 'flush', 'flush', 'maintenance']) guard.caught(kind, down)
  guard.caught('flush', new MetricsError('storage_busy', 'The store is busy'))
  guard.caught('api', new MetricsError('storage_busy', 'The store is busy'))
  clock.advance(600_000)
  guard.caught('flush', down)
  assert.deepEqual(lines, [
    '[pocketmetrics] storage: The store is gone; start it',
    '[pocketmetrics] flush: The store is busy',
    '[pocketmetrics] flush: The store is gone; start it',
  ])
  assert.deepEqual([guard.counts.get('flush'), guard.counts.get('maintenance'), guard.faults], [4, 1, 7])
})

test('what is said once is never said again', () => {
  const { clock, lines, guard } = setUp()
  guard.once('a', 'line')
  clock.advance(10_000_000)
  guard.once('a', 'line')
  assert.equal(lines.length, 1)
  assert.equal(guard.counts.get('a'), 2)
})

test('kinds without end neither grow the table nor flood the log', () => {
  const { lines, guard } = setUp()
  for (let i = 0; i < 10_000; i++) guard.once(`kind ${i}`, `line ${i}`)
  assert.ok(guard.counts.size <= 501)
  assert.ok(lines.length <= 501)
})

test('a throw is caught and gives the other value; a log that throws reaches nobody', () => {
  const guard = new Guard(fakeClock(), () => {
    throw new Error('log')
  })
  const broken = (): number => {
    throw new Error('mine')
  }
  assert.equal(guard.run('work', broken, 7), 7)
  assert.equal(
    guard.run('work', () => 5, 7),
    5
  )
})

test('a line has no control characters and no password of a URL', () => {
  assert.equal(oneLine('a\nb\u001b[31m c'), 'a b [31m c')
  assert.equal(
    oneLine(new Error('connect postgres://user:p4ss@host/db failed')),
    'connect postgres://***@host/db failed'
  )
  assert.equal(oneLine('redis://u:a/b@c@host:6379 and https://host/x'), 'redis://***@host:6379 and https://host/x')
  assert.equal(oneLine('host=db password=s3cret dbname=x'), 'host=db password=*** dbname=x')
  assert.equal(oneLine(`{"password":"s3c ret","x":1} pwd='a b'`), `{"password":***,"x":1} pwd=***`)
  assert.equal(oneLine(null), 'null')
})
