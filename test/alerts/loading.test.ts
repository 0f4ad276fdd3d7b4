import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Alerts, type Load } from '../../src/alerts/alerts.ts'
import { settleAlerts } from '../../src/alerts/option.ts'
import { Guard } from '../../src/guard.ts'
import { World } from './world.ts'

const own: Load = () => import('../../src/alerts/duty.ts')
const RULES = ['queue > 5 over 1m', 'depth > 5 over 1m']

/** Alerts, what they ask of the store, and how often they are loaded. */
class Watch {
  readonly world = new World()
  readonly lines: string[] = []
  readonly asked: string[] = []
  readonly alerts: Alerts
  readonly told: string[] = []
  loads = 0

  constructor(rules: readonly string[], load: Load = own) {
    const { clock, store, timezone } = this.world
    const me = ({ rule }: { rule: string }): unknown => this.told.push(rule)
    const settings = settleAlerts({ rules, notifiers: { me } }, 'UTC')
    if (settings === false) throw new Error('alerts are off')
    const get = (key: string): ReturnType<typeof store.get> => (this.asked.push(key), store.get(key))
    const guard = new Guard(clock, (line) => this.lines.push(line))
    const parts = { settings, clock, guard, holder: 'p', app: 'shop', timezone }
    const kept = { get, swap: store.swap.bind(store), answer: store.answer.bind(store) }
    const flush = (): Promise<boolean> => this.world.flusher.flush()
    this.alerts = new Alerts({ ...parts, store: kept, flush }, () => (this.loads++, load()))
  }

  async turn(): Promise<void> {
    await this.alerts.turn()
    await this.alerts.idle()
  }
}

test('without a rule nothing is loaded to watch it', async () => {
  const watch = new Watch([])
  await watch.alerts.end()
  assert.equal(watch.alerts.usedUp({}), undefined)
  assert.equal(watch.loads, 0)
})

test('rules that are added before what watches them is there are watched', async () => {
  const watch = new Watch([RULES[0]!])
  watch.alerts.add(RULES[1]!)
  assert.equal(watch.loads, 0)
  watch.world.gauge('queue', 9)
  watch.world.gauge('depth', 9)
  for (let i = 0; i < 10; i++) {
    watch.world.clock.advance(15_000)
    await watch.turn()
  }
  assert.deepEqual(
    watch.alerts.rules.map(({ name }) => name),
    RULES
  )
  assert.deepEqual(watch.told.toSorted(), RULES.toSorted())
  assert.equal(watch.loads, 1)
  await watch.alerts.end()
})

test('who ends before it is loaded never asks the store', async () => {
  let loaded: () => void = () => undefined
  const loading = new Promise<void>((resolve) => (loaded = resolve))
  const watch = new Watch(RULES, () => loading.then(own))
  const turn = watch.alerts.turn()
  await watch.alerts.end()
  loaded()
  await turn
  assert.deepEqual(watch.asked, [])
  assert.equal(watch.loads, 1)
})

test('what cannot be loaded is said once, and the next turn tries again', async () => {
  const watch = new Watch(RULES, () => (watch.loads < 3 ? Promise.reject(new Error('no such file')) : own()))
  await watch.alerts.turn()
  await watch.alerts.turn()
  assert.deepEqual(watch.asked, [])
  await watch.turn()
  assert.equal(watch.lines.filter((line) => line.includes('no such file')).length, 1)
  assert.notDeepEqual(watch.asked, [])
  await watch.alerts.end()
})
