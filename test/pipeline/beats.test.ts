import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Beats } from '../../src/pipeline/beats.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { memory } from '../../src/storage/memory.ts'

async function opened(): Promise<StorageDriver> {
  const driver = memory()
  await driver.open()
  return driver
}

const beatsIn = (driver: StorageDriver): Beats => new Beats(() => driver)

test('the latest beat of each name is kept, whoever had it', async () => {
  const driver = await opened()
  const [one, two] = [beatsIn(driver), beatsIn(driver)]
  one.beat('import', 1_000)
  one.beat('import', 3_000)
  two.beat('import', 2_000)
  two.beat('mail', 500)
  await Promise.all([one.settle(), two.settle()])
  assert.deepEqual([await one.last('import'), await one.last('mail')], [3_000, 500])
  assert.equal(await two.last('nobody'), undefined)
})

test('one that comes while another is being kept is kept with the next', async () => {
  const driver = await opened()
  const beats = beatsIn(driver)
  const swap = driver.swap.bind(driver)
  driver.swap = async (...args) => {
    if ((await beats.last('import')) === undefined) beats.beat('import', 2_000)
    return swap(...args)
  }
  beats.beat('import', 1_000)
  await beats.settle()
  assert.equal(await beats.last('import'), 2_000)
})

test('what somebody else has put there is begun anew, and a race that is always lost is given up', async () => {
  const driver = await opened()
  for (const strange of ['no JSON', 'null', '[1]', '{"import":"late"}', '7']) {
    await driver.swap('heartbeats', await driver.get('heartbeats'), strange)
    assert.equal(await beatsIn(driver).last('import'), undefined)
  }
  const beats = beatsIn(driver)
  beats.beat('import', 1_000)
  await beats.settle()
  assert.equal(await beats.last('import'), 1_000)
  driver.swap = () => false
  beats.beat('import', 2_000)
  await assert.rejects(beats.settle(), /others were faster/)
})

test('names are bounded; those that beat last stay', async () => {
  const driver = await opened()
  const beats = beatsIn(driver)
  for (let job = 0; job < 1_200; job++) beats.beat(`job ${job}`, job)
  await beats.settle()
  assert.deepEqual([await beats.last('job 0'), await beats.last('job 1199')], [undefined, 1_199])
})
