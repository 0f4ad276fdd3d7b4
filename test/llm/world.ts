import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Metrics } from '../../src/index.ts'
import { type Exchange, Provider } from './provider.ts'

/** What was counted, as rows of labels and a number. */
export type Counted = readonly Readonly<Record<string, unknown>>[]

/** A provider, and metrics that count what this process asks of it. */
export class World {
  readonly provider: Provider = new Provider()
  readonly lines: string[] = []
  readonly metrics: Metrics

  constructor(app?: unknown) {
    this.metrics = new Metrics(app, { storage: 'memory://', log: (line) => this.lines.push(line) })
  }

  async rows(metric: string, ...by: string[]): Promise<Counted> {
    const { rows } = await this.metrics.query({ metric, from: '1h', groupBy: by })
    return rows
  }

  /** The calls by labels, once there are `count`, and what else comes within a moment: nothing, if each counts once. */
  async calls(count: number, ...by: string[]): Promise<Record<string, number>> {
    const labels = by.length > 0 ? by : ['status', 'pricing']
    const read = (): Promise<Counted> => this.rows('llm_calls', ...labels)
    const total = (rows: Counted): number => rows.reduce((sum, row) => sum + Number(row['value']), 0)
    for (let turn = 0; turn < 200 && total(await read()) < count; turn++) await pause(10)
    await pause(30)
    return Object.fromEntries(
      (await read()).map((row) => [labels.map((label) => row[label]).join(' '), Number(row['value'])])
    )
  }

  async tokens(): Promise<Record<string, number>> {
    const rows = await this.rows('llm_tokens', 'type')
    return Object.fromEntries(
      rows.filter(({ value }) => value !== 0).map((row) => [String(row['type']), Number(row['value'])])
    )
  }

  async nano(): Promise<number> {
    const { total } = await this.metrics.query({ metric: 'llm_cost_usd', from: '1h' })
    return Math.round((total ?? 0) * 1e9)
  }

  /** Waits until the provider sees how its only exchange of that id ended. */
  async ended(id: string): Promise<Exchange> {
    for (let turn = 0; turn < 500; turn++) {
      const found = this.provider.exchanges.find((exchange) => exchange.id === id && exchange.ended !== 'open')
      if (found !== undefined) return found
      await pause(10)
    }
    return assert.fail(`the provider never saw the end of ${id}`)
  }
}

/** A world that goes when the test ends. */
export async function world(t: TestContext, app?: unknown): Promise<World> {
  const made = new World(app)
  await made.provider.start()
  t.after(async () => {
    await made.provider.stop()
    await made.metrics.close()
  })
  return made
}
