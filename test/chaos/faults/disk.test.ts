import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fullDisk } from '../../../chaos/faults/disk.ts'
import { jump } from '../../../chaos/faults/jump.ts'
import { readOnlyFolder } from '../../../chaos/faults/mount.ts'
import { release, trace } from '../../../chaos/faults/tracer.ts'
import type { Field } from '../../../chaos/field.ts'
import { Random } from '../../../chaos/random.ts'
import { clocks } from '../../../chaos/stores/clocks.ts'
import { disk } from '../../../chaos/stores/disk.ts'
import { until } from '../../servers/redis.ts'

const WRITER = new URL('./writer.ts', import.meta.url).pathname

/** A process that writes, as the only one of its crew. */
class Writer {
  readonly #path: string
  readonly #env: Record<string, string>
  #child: ChildProcess
  #said = ''

  constructor(t: TestContext, path: string, env: Record<string, string> = {}) {
    this.#path = path
    this.#env = env
    this.#child = this.#spawn()
    t.after(() => this.#child.kill('SIGKILL'))
  }

  readonly place = 0
  readonly lives = true

  get pid(): number {
    return this.#child.pid ?? 0
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async gone(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close')
  }

  async start(): Promise<void> {
    this.#child = this.#spawn()
  }

  /** Resolves once it says, from now on, what is looked for; with that. */
  async says(words: RegExp): Promise<RegExpExecArray> {
    this.#said = ''
    await until(() => words.test(this.#said))
    return words.exec(this.#said)!
  }

  #spawn(): ChildProcess {
    const env = { ...process.env, ...this.#env }
    const child = spawn(process.execPath, [WRITER, this.#path], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    return child
  }
}

/** A fault strikes whoever has the shape of a hand. */
const sceneOf = (field: Field, hand: Writer): never => ({ field, crew: { hands: [hand] } }) as never

test('a call that the tracer is told of fails, others and those of others do not, and it lets go', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-faults-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'file')
  const writer = new Writer(t, path)
  for (const [fault, words] of [
    ['pwrite64:error=EIO', /write EIO\nsync ok\nread ok\nopen ok/],
    ['pwrite64:error=ENOSPC:when=2..4', /(write ENOSPC[^w]*){3}write ok/],
    ['fsync,fdatasync:error=EIO', /write ok\nsync EIO/],
    ['pread64:error=EIO', /read EIO/],
    ['fsync,fdatasync:delay_enter=400000', /clock \d+ [4-9]\d\d\n/],
  ] as const) {
    await writer.says(/write ok\nsync ok\nread ok/)
    const met = writer.says(words)
    const tracer = await trace([writer.pid], [path], fault)
    await met
    await release(tracer)
  }
  await writer.says(/write ok\nsync ok\nread ok/)
})

test('a full disk takes nothing more, and takes again once there is room', async (t) => {
  const field = await disk()
  t.after(() => field.end())
  const writer = new Writer(t, join(field.folder!, 'x'))
  await writer.says(/write ok/)
  const scene = sceneOf(field, writer)
  assert.ok(fullDisk.possible(scene))
  const back = await fullDisk.strike(scene, new Random(1))
  const other = new Writer(t, join(field.folder!, 'y'))
  await other.says(/write ENOSPC/)
  await back()
  await other.says(/write ok/)
})

test('a folder that is read-only is that for who starts in it, root or not, and not for ever', async (t) => {
  const field = await disk()
  t.after(() => field.end())
  const writer = new Writer(t, join(field.folder!, 'x'))
  await writer.says(/open ok/)
  const died = writer.pid
  const back = await readOnlyFolder.strike(sceneOf(field, writer), new Random(1))
  const attempt = spawn('touch', [join(field.folder!, 'y')], { stdio: ['ignore', 'ignore', 'pipe'] })
  assert.deepEqual(await once(attempt, 'close'), [1, null])
  await back()
  assert.notEqual(writer.pid, died)
  await writer.says(/write ok\nsync ok\nread ok\nopen ok/)
})

test('the clock of a process jumps and comes back, and its timers do not care', async (t) => {
  const field = await clocks()
  t.after(() => field.end())
  const writer = new Writer(t, join(field.folder!, 'x'), field.env)
  const off = async (): Promise<number> =>
    Number((await writer.says(/clock \d+ \d+\n[^]*clock (\d+) /))[1]) - Date.now()
  assert.ok(Math.abs(await off()) < 5_000)
  const jumps: number[] = []
  for (let seed = 1; seed < 8; seed++) {
    const back = await jump.strike(sceneOf(field, writer), new Random(seed))
    jumps.push(await off())
    await back()
    assert.ok(Math.abs(await off()) < 5_000)
  }
  assert.ok(jumps.some((ms) => ms > 60_000) && jumps.some((ms) => ms < -60_000), jumps.join())
})
