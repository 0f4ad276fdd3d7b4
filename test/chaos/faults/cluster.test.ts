import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scene } from '../../../chaos/fault.ts'
import { failover, lapse, switchover } from '../../../chaos/faults/failover.ts'
import { crash, freeze } from '../../../chaos/faults/server.ts'
import { slots } from '../../../chaos/faults/slots.ts'
import type { Field } from '../../../chaos/field.ts'
import { Random } from '../../../chaos/random.ts'
import { cluster, sentinel } from '../../../chaos/stores/redis.ts'
import { until } from '../../servers/redis.ts'

const sceneOf = (field: Field): Scene => ({ field, crew: { hands: [] }, now: () => Date.now() })

test('the slot of the store moves with all of its keys, and a node that crashes keeps them', async (t) => {
  const field = await cluster()
  t.after(() => field.end())
  const nodes = field.cluster!
  for (let key = 0; key < 10; key++) nodes.ownerOf('{chaos}').cli('set', `{chaos}:${key}`, '1')
  const before = nodes.ownerOf('{chaos}').port
  const back = await slots.strike(sceneOf(field), new Random(1))
  await back()
  const owner = nodes.ownerOf('{chaos}')
  assert.notEqual(owner.port, before)
  assert.equal(owner.cli('exists', '{chaos}:0', '{chaos}:9'), '2')
  for (const fault of [freeze, crash]) {
    await (
      await fault.strike(sceneOf(field), new Random(1))
    )()
  }
  // They have to find one another again.
  await until(() => owner.cli('exists', '{chaos}:0', '{chaos}:9') === '2')
})

test('each way of a failover makes another server the primary, and the old one its replica', async (t) => {
  const field = await sentinel()
  t.after(() => field.end())
  const { sentinel: watch, primary, replica } = field.sentinel!
  // It counts what it decides. On a busy machine it may decide once more, by itself.
  const epoch = (): number => Number(/config-epoch\s+(\d+)/.exec(watch.cli('sentinel', 'master', 'mine'))?.[1])
  const isTaken = (): boolean => {
    const port = Number(/\d{4,5}/.exec(watch.cli('sentinel', 'get-master-addr-by-name', 'mine'))?.[0])
    const [now, old] = port === primary.port ? [primary, replica] : [replica, primary]
    const [leads, follows] = [now.cli('info', 'replication'), old.cli('info', 'replication')]
    return leads.includes('role:master') && follows.includes('role:slave')
  }
  for (const fault of [failover, lapse, switchover]) {
    const before = epoch()
    await (
      await fault.strike(sceneOf(field), new Random(1))
    )()
    assert.ok(epoch() > before, fault.name)
    await until(isTaken)
  }
})
