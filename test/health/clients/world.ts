import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../../src/core/time.ts'
import type { CheckOptions, Status } from '../../../src/health/check.ts'
import { recognise } from '../../../src/health/clients/recognise.ts'
import { Health } from '../../../src/health/health.ts'
import type { CheckRow } from '../../../src/health/report.ts'

/** One check of a real client, run by the real engine in real time. */
export class Watch {
  readonly #health: Health
  readonly lines: string[] = []
  /** What each run came to, before damping. */
  readonly results: string[] = []

  constructor(t: TestContext, target: object, options: CheckOptions = {}) {
    this.#health = new Health({
      clock: systemClock,
      defaults: { interval: 150, timeout: 600, failAfter: 1, passAfter: 1 },
      manual: false,
      component: { instance: 'test', release: undefined },
      recognise,
      beats: { beat: () => undefined, last: () => Promise.resolve(undefined) },
      say: (line) => this.lines.push(line),
      observed: () => this.results.push(said(this.row)),
      draining: () => undefined,
    })
    t.after(() => this.#health.end())
    this.#health.check('it', target, options)
  }

  get row(): CheckRow {
    return this.#health.report().checks[0]!
  }

  get word(): Status {
    return this.#health.word('ready')
  }

  /** Everything that leaves the log: the report, the draft, and the events. */
  get shown(): string {
    const events = this.#health.tail.drain()
    return JSON.stringify([this.#health.report(), this.#health.draft('all'), events])
  }

  end(): void {
    this.#health.end()
  }

  /** Waits until the check is said to be like this, such as `fail LOADING`; gives how many runs that took. */
  async until(wanted: RegExp): Promise<number> {
    const before = this.results.length
    const end = performance.now() + 30_000
    while (performance.now() < end) {
      const at = this.results.findIndex((one, index) => index >= before && wanted.test(one))
      if (at >= 0) return at - before + 1
      await pause(10)
    }
    return assert.fail(`it never was ${wanted}: ${this.results.slice(-5).join(', ')}\n${this.lines.join('\n')}`)
  }

  /** Waits for so many runs more; gives what they came to. */
  async runs(count: number): Promise<readonly string[]> {
    const from = this.results.length
    const end = performance.now() + 30_000
    while (this.results.length < from + count && performance.now() < end) await pause(10)
    return this.results.slice(from, from + count)
  }
}

function said({ status, code }: CheckRow): string {
  return code === null ? `${status}` : `${status} ${code}`
}

/** Waits until `holds`. */
export async function until(holds: () => boolean | Promise<boolean>, what: string = 'it did not come'): Promise<void> {
  const end = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > end) assert.fail(what)
    await pause(20)
  }
}
