import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Origin } from '../../../src/llm/origin.ts'
import { Undecided } from '../../../src/llm/undecided.ts'

interface Request {
  endpoint: string | undefined
  open: boolean
}

/** What is written, by the endpoint that it had then. */
class Desk {
  now = 0
  readonly written: (string | undefined)[] = []
  readonly undecided: Undecided = new Undecided(() => this.now)

  write(origin: Origin | undefined): void {
    this.undecided.write(origin, () => this.written.push(origin?.endpoint))
  }
}

test('what is decided, or of no request, is written at once', () => {
  const desk = new Desk()
  desk.write(undefined)
  desk.write({ endpoint: '/a' })
  desk.write({ endpoint: '/b', open: false })
  assert.deepEqual(desk.written, [undefined, '/a', '/b'])
})

test('what a request has set off that goes on waits for its end', () => {
  const desk = new Desk()
  const request: Request = { endpoint: '/guess', open: true }
  desk.write(request)
  desk.now = 1_999
  desk.undecided.settle(false)
  assert.deepEqual(desk.written, [])
  Object.assign(request, { endpoint: 'unmatched', open: false })
  desk.undecided.settle(false)
  desk.undecided.settle(false)
  assert.deepEqual(desk.written, ['unmatched'])
})

test('it waits for two seconds, and not when the process may be gone before', () => {
  const desk = new Desk()
  desk.write({ endpoint: '/slow', open: true })
  desk.now = 2_000
  desk.undecided.settle(false)
  desk.write({ endpoint: '/last', open: true })
  desk.undecided.settle(true)
  assert.deepEqual(desk.written, ['/slow', '/last'])
})

test('after the end nothing waits', () => {
  const desk = new Desk()
  desk.write({ endpoint: '/a', open: true })
  desk.undecided.close()
  desk.write({ endpoint: '/b', open: true })
  assert.deepEqual(desk.written, ['/a', '/b'])
})

test('more than 5,000 do not wait', () => {
  const desk = new Desk()
  for (let i = 0; i < 5_002; i++) desk.write({ endpoint: '/a', open: true })
  assert.equal(desk.written.length, 2)
})
