import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventLoop, LONG_TURN, TICK } from '../../../src/collectors/system/loop.ts'
import { type FakeClock, fakeClock } from '../../../src/testing.ts'

/** An event loop that does what it is told: idles or works for a while, and ticks when it comes to it. */
function made(knowsIdle: boolean = true): {
  clock: FakeClock
  loop: EventLoop
  idle(ms: number): void
  work(ms: number): void
} {
  const clock = fakeClock()
  let idled = 0
  let due = TICK
  const loop = new EventLoop(clock, () => (knowsIdle ? idled : undefined))
  const tick = (): void => {
    loop.tick()
    due = clock.monotonic() + TICK
  }
  tick()
  return {
    clock,
    loop,
    idle(ms) {
      for (let left = ms; left > 0;) {
        const step = Math.min(left, Math.max(0, due - clock.monotonic()))
        clock.advance(step)
        idled += step
        left -= step
        if (clock.monotonic() >= due) tick()
      }
    },
    work: (ms) => clock.advance(ms),
  }
}

test('each reader has a window of its own', () => {
  const { loop, idle, work } = made()
  const [a, b] = [loop.window(), loop.window()]
  idle(1000)
  work(400)
  idle(TICK)
  const first = a.read()
  assert.deepEqual([first.max, first.p50], [400 - TICK, 0])
  idle(1000)
  assert.equal(a.read().max, 0)
  assert.equal(b.read().max, 400 - TICK)
})

test('utilisation is the share of time that was not idle', () => {
  const { loop, idle, work } = made()
  const window = loop.window()
  idle(750)
  work(250)
  assert.equal(window.read().utilization, 0.25)
  idle(100)
  assert.equal(window.read().utilization, 0)
})

test('where nobody looked, or the platform does not say, that is null', () => {
  const { loop } = made(false)
  const window = loop.window()
  assert.deepEqual(window.read(), { p50: null, p99: null, max: null, utilization: null })
})

test('work in one turn is held against whoever ends it, exactly', () => {
  for (const knows of [true, false]) {
    const { clock, loop, idle, work } = made(knows)
    idle(100)
    loop.entered(clock.monotonic())
    work(200)
    assert.equal(loop.held(clock.monotonic()), 200)
    assert.equal(loop.held(clock.monotonic()), 0, 'only once')
    assert.equal(loop.stray(), 0)
  }
})

test('a continuation that comes after a wait is seen without its wait', () => {
  const { clock, loop, idle, work } = made()
  loop.entered(clock.monotonic())
  assert.equal(loop.held(clock.monotonic()), 0)
  idle(510)
  work(100)
  assert.equal(loop.held(clock.monotonic()), 100)
})

test('a wait alone is nobody holding up anything', () => {
  const { clock, loop, idle, work } = made()
  for (let i = 0; i < 200; i++) {
    loop.entered(clock.monotonic())
    idle(i % 50)
    work(1)
    assert.equal(loop.held(clock.monotonic()), 0)
  }
  idle(TICK)
  assert.equal(loop.stray(), 0)
})

test('many short requests in one long turn hold up nothing each', () => {
  const { clock, loop, idle, work } = made()
  idle(100)
  for (let i = 0; i < 100; i++) {
    loop.entered(clock.monotonic())
    work(LONG_TURN - 1)
    assert.equal(loop.held(clock.monotonic()), 0)
  }
  idle(TICK)
  assert.equal(loop.stray(), 0)
})

test('a long turn that nobody ends is a stray, once', () => {
  const { clock, loop, idle, work } = made()
  idle(100)
  work(300)
  idle(TICK)
  assert.equal(loop.stray(), 300)
  assert.equal(loop.stray(), 0)
  work(300)
  loop.entered(clock.monotonic())
  work(100)
  assert.equal(loop.held(clock.monotonic()), 100, 'what was before is not theirs')
  assert.equal(loop.stray(), 300)
})

test('before the first tick nothing is held against anybody', () => {
  const clock = fakeClock()
  const loop = new EventLoop(clock, () => 0)
  clock.advance(5000)
  assert.equal(loop.held(clock.monotonic()), 0)
})
