import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { BOOK, readBook } from '../../src/alerts/book.ts'
import { sqlite } from '../../src/storage/sqlite.ts'
import { type Received, receiver, type Receiver } from './receiver.ts'

const CHILD = new URL('./child.ts', import.meta.url).pathname

/** Processes that share a store and a receiver that logs every message. */
class Crowd {
  readonly folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-alerts-'))
  readonly ops: Receiver
  readonly children = new Map<number, ChildProcess>()

  constructor(t: TestContext, ops: Receiver) {
    this.ops = ops
    t.after(async () => {
      for (const child of this.children.values()) child.kill('SIGKILL')
      await pause(100)
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
    })
  }

  /** Starts one more; resolves when its store is open. */
  async start(rule: object = {}): Promise<number> {
    const args = [
      CHILD,
      join(this.folder, 'metrics.db'),
      this.ops.url,
      join(this.folder, 'depth'),
      JSON.stringify(rule),
    ]
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.children.set(child.pid!, child)
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
    return child.pid!
  }

  /** What all of them measure from now on. */
  depth(value: number): void {
    // In one step: nobody reads half of it.
    writeFileSync(join(this.folder, 'next'), String(value))
    renameSync(join(this.folder, 'next'), join(this.folder, 'depth'))
  }

  /** Waits until whoever leads has written down that everything was taken: before, it would rightly be sent again. */
  async settled(): Promise<void> {
    const driver = sqlite(join(this.folder, 'metrics.db'))
    await driver.open()
    const late = performance.now() + 20_000
    const waits = async (): Promise<boolean> => readBook(await driver.get(BOOK)).outbox.length > 0
    while ((await waits()) && performance.now() < late) await pause(50)
    await driver.close()
  }

  kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.children.get(pid)?.kill(signal)
    if (signal === 'SIGKILL') this.children.delete(pid)
  }

  /** Different messages, in order: what came twice has the same id. */
  get messages(): Received[] {
    const seen = new Set<unknown>()
    return this.ops.got.filter(({ body }) => !seen.has(body['id']) && seen.add(body['id']))
  }

  get types(): unknown[] {
    return this.messages.map(({ body }) => body['type'])
  }

  /** Waits for so many different messages. */
  async until(count: number): Promise<Received> {
    const late = performance.now() + 25_000
    while (this.messages.length < count && performance.now() < late) await pause(50)
    assert.equal(this.messages.length, count, `${this.types.join()} of ${count}`)
    return this.messages[count - 1]!
  }
}

/** The process that sent a message. */
function sender({ path }: Received): number {
  return Number(path.slice(1))
}

test(
  'eight processes, the leader killed, another one frozen and woken: each word once',
  { timeout: 120_000 },
  async (t) => {
    const crowd = new Crowd(t, await receiver(t))
    crowd.depth(1)
    await Promise.all(Array.from({ length: 8 }, () => crowd.start()))
    crowd.depth(20)
    const first = sender(await crowd.until(1))
    await crowd.settled()
    assert.deepEqual(crowd.types, ['alert.firing'])

    // Killed while it fires: another one takes over, says nothing, and tells the end.
    crowd.kill(first)
    await pause(2_500)
    assert.deepEqual(crowd.types, ['alert.firing'])
    crowd.depth(1)
    const second = sender(await crowd.until(2))
    assert.notEqual(second, first)
    await crowd.settled()

    // Frozen while it is well: another one tells that it fires, and who wakes tells nothing.
    crowd.kill(second, 'SIGSTOP')
    crowd.depth(20)
    const third = sender(await crowd.until(3))
    assert.notEqual(third, second)
    await crowd.settled()
    crowd.kill(second, 'SIGCONT')
    await pause(1_500)
    assert.equal(crowd.messages.length, 3)

    // Frozen while it fires, and woken after the end was told.
    crowd.kill(third, 'SIGSTOP')
    crowd.depth(1)
    await crowd.until(4)
    crowd.kill(third, 'SIGCONT')
    await pause(1_500)
    assert.deepEqual(crowd.types, ['alert.firing', 'alert.resolved', 'alert.firing', 'alert.resolved'])
    assert.equal(crowd.ops.got.length, 4, 'nothing was sent twice')
  }
)

test(
  'a leader that goes of its own will leaves at once, and one that starts knows what fires',
  { timeout: 60_000 },
  async (t) => {
    const crowd = new Crowd(t, await receiver(t))
    crowd.depth(20)
    const only = await crowd.start()
    await crowd.until(1)
    crowd.kill(only, 'SIGTERM')
    await new Promise((resolve) => crowd.children.get(only)?.once('exit', resolve))
    const before = performance.now()
    await crowd.start()
    crowd.depth(1)
    await crowd.until(2)
    assert.ok(performance.now() - before < 15_000)
    assert.deepEqual(crowd.types, ['alert.firing', 'alert.resolved'])
    const [firing, resolved] = crowd.messages.map(({ body }) => (body['data'] as Record<string, unknown>)['starts_at'])
    assert.equal(resolved, firing)
  }
)

test('whoever is killed in the midst of telling, it is told, with the same id', { timeout: 60_000 }, async (t) => {
  // The first message is taken in, and never answered.
  const ops = await receiver(t, (at) => (at === 0 ? 'hang' : 200))
  const crowd = new Crowd(t, ops)
  crowd.depth(20)
  await Promise.all([crowd.start(), crowd.start(), crowd.start()])
  const first = sender(await crowd.until(1))
  crowd.kill(first)
  const late = performance.now() + 25_000
  while (ops.got.length < 2 && performance.now() < late) await pause(50)
  assert.equal(ops.got.length, 2)
  assert.equal(ops.got[1]?.headers['webhook-id'], ops.got[0]?.headers['webhook-id'])
  assert.notEqual(sender(ops.got[1]!), first)
  assert.deepEqual(crowd.types, ['alert.firing'])
})
