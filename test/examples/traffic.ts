import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** Requests one after another on several lines, kept open on some, until it is stopped; every failure is kept. */
export class Traffic {
  answered = 0
  readonly failures: string[] = []
  readonly #agents = [true, true, false].map((keepAlive) => new Agent({ keepAlive, maxSockets: 1 }))
  readonly #lines: Promise<void>[]
  #on = true

  /** `origins` are asked in turns. */
  constructor(...origins: readonly string[]) {
    this.#lines = this.#agents.map((agent) => this.#line(agent, origins))
  }

  /** Waits until so many were answered. */
  async until(answered: number): Promise<void> {
    const patience = performance.now() + 60_000
    while (this.answered < answered) {
      assert.ok(performance.now() < patience, `${this.answered} answered`)
      await pause(20)
    }
  }

  async stop(): Promise<void> {
    this.#on = false
    await Promise.all(this.#lines)
    for (const agent of this.#agents) agent.destroy()
  }

  /** Waits until a store says that all were counted, and `more`; not one too many. */
  async countedIn(total: () => Promise<number>, more: number = 0): Promise<void> {
    const [expected, patience] = [this.answered + more, performance.now() + 30_000]
    for (;;) {
      const counted = await total()
      if (counted === expected) return
      assert.ok(counted < expected && performance.now() < patience, `${counted} of ${expected}`)
      await pause(100)
    }
  }

  async #line(agent: Agent, origins: readonly string[]): Promise<void> {
    let turn = 0
    while (this.#on) {
      try {
        await ask(agent, origins[turn++ % origins.length]!)
        this.answered++
      } catch (error) {
        this.failures.push(String(error))
      }
      await pause(5)
    }
  }
}

function ask(agent: Agent, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, timeout: 20_000 }, (answer) => {
      answer.resume()
      answer.once('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))))
      answer.once('error', reject)
    })
    asked.once('timeout', () => asked.destroy(new Error('no answer')))
    asked.once('error', reject)
    asked.end()
  })
}
