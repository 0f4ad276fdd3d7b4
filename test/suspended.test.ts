import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { clocks } from '../chaos/stores/clocks.ts'

const APP = fileURLToPath(new URL('suspended/app.ts', import.meta.url))

interface Rows {
  readonly total: number
  readonly data: readonly { readonly value: number }[]
}

test('R33: after two hours of standing still nothing runs twice, nothing is negative, and there is one gap', async (t) => {
  const field = await clocks()
  const child = fork(APP, [field.url], { env: { ...process.env, ...field.env }, execArgv: [] })
  t.after(async () => {
    child.kill('SIGKILL')
    await field.end()
  })
  const [port] = (await once(child, 'message')) as [number]
  const get = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  for (let count = 0; count < 5; count++) await get('/hello')
  await pause(2_500)
  const before = Number(await get('/runs'))

  child.kill('SIGSTOP')
  writeFileSync(`${field.clock}.next`, '+7200\n')
  renameSync(`${field.clock}.next`, field.clock!)
  await pause(4_000)
  child.kill('SIGCONT')

  const after = Number(await get('/runs'))
  assert.ok(before >= 1 && after - before <= 2, `${before} runs of the check before, ${after} right after`)
  for (let count = 0; count < 5; count++) await get('/hello')
  await pause(2_500)
  const { data, total } = JSON.parse(
    await get('/metrics/query?metric=http_requests&from=3h&group_by=minute&order=time')
  ) as Rows
  assert.equal(total, 12)
  assert.ok(data.every(({ value }) => value >= 0))
  assert.equal(
    data.reduce((sum, { value }) => sum + value, 0),
    12
  )
  // What was counted before, two hours of nothing, and what was counted since.
  const counted = data.map(({ value }) => (value > 0 ? '#' : '.')).join('')
  assert.match(counted, /^\.*#{1,2}\.{118,121}#{1,2}\.*$/)
  const exposed = await get('/metrics?format=prometheus')
  assert.match(exposed, /^http_requests_active 0$/m)
  assert.doesNotMatch(exposed, / -\d/)
  const { starts, down_minutes: down } = JSON.parse(await get('/metrics/system?from=3h')) as Record<string, number>
  assert.equal(starts, 1)
  assert.ok(down! >= 117 && down! <= 120, `${down} minutes of downtime`)
})
