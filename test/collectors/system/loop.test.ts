import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventLoop, LONG_TURN, TICKS } from '../../../src/collectors/system/loop.ts'
import { type FakeClock, fakeClock } from '../../../src/testing.ts'

/** An event loop that does what it is told: idles or works for a while, and ticks when it comes to it. */
function made(knowsIdle: boolean = true): {
  clock: FakeClock
  loop: EventLoop
  idle: (ms: number) => void
  work: (ms: number) => void
} {
  const clock = fakeClock()
  let idled = 0
  let due = 0
  const loop = new EventLoop(clock, () => (knowsIdle ? idled : undefined))
  const tick = (): void => {
    loop.tick()
    due = clock.monotonic() + loop.next
  }
  tick()
  return {
    clock,
    loop,
    idle: (ms) => {
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
  idle(TICKS.used)
  const first = a.read()
  assert.deepEqual([first.max, first.p50], [400 - TICKS.used, 0])
  idle(1000)
  assert.equal(a.read().max, 0)
  assert.equal(b.read().max, 400 - TICKS.used)
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
    work(300)
    // Where idle time is not known it is what is overdue.
    assert.equal(loop.held(clock.monotonic()), knows ? 300 : 300 - TICKS.used)
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
  idle(TICKS.used)
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
  idle(TICKS.used)
  assert.equal(loop.stray(), 0)
})

test('a long turn that nobody ends is a stray, once', () => {
  const { clock, loop, idle, work } = made()
  idle(100)
  work(300)
  idle(TICKS.used)
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

test('a process that nobody asks anything is left alone, one that is busy is watched', () => {
  const { clock, loop, idle, work } = made()
  assert.equal(loop.next, TICKS.used, 'it has just started')
  idle(11_000)
  assert.equal(loop.next, TICKS.idle)
  loop.entered(clock.monotonic())
  idle(TICKS.idle)
  assert.equal(loop.next, TICKS.used)
  for (let i = 0; i < 50; i++) loop.entered(clock.monotonic())
  idle(TICKS.used)
  assert.equal(loop.next, TICKS.busy)
  loop.entered(clock.monotonic())
  loop.tick(true)
  assert.equal(loop.next, TICKS.busy, 'who waits beside others must be told apart')
  loop.tick(true)
  assert.equal(loop.next, TICKS.idle, 'unless all they do is wait')
  idle(1000)
  assert.equal(loop.next, TICKS.idle)
  work(700)
  idle(TICKS.idle)
  assert.equal(loop.next, TICKS.used, 'what came late once may do so again')
})
