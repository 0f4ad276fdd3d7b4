import { setTimeout as sleep } from 'node:timers/promises'
import { MetricsError } from '../../src/errors.ts'
import { START, batch, box, bytes, event } from '../../src/storage/cases/ground.ts'
import { connect } from '../../src/storage/open.ts'
import { type SqliteOptions, sqlite } from '../../src/storage/sqlite.ts'
import { engineOf } from '../../src/storage/sqlite/engine.ts'

/** What a process of its own does with a database file, told on the command line. */
const [what = '', path = '', ...rest] = process.argv.slice(2)

/** Puts `count` batches of twenty events and a box, each until it is kept; prints the last number kept, or a code. */
async function write(writer: string, count: number, options: SqliteOptions, tries: number): Promise<void> {
  const driver = sqlite(path, options)
  try {
    await driver.open()
  } catch (error) {
    console.log(error instanceof MetricsError ? error.code : String(error))
  }
  console.log('open')
  for (let round = 0; round < count; round++) {
    const first = round * 20 + 1
    const events = Array.from({ length: 20 }, (_, index) => event(first + index, { writer }))
    const put = batch({ boxes: [box(START, { writer, numbers: bytes(3_000, round) })], events })
    for (let left = tries; left > 0; left--) {
      try {
        await driver.put(put)
        console.log(first + 19)
        break
      } catch (error) {
        console.log(error instanceof MetricsError ? error.code : String(error))
        await sleep(5)
      }
    }
  }
  await driver.close()
}

async function hold(ms: number): Promise<void> {
  const connection = engineOf('auto').connect(path)
  connection.exec('BEGIN EXCLUSIVE')
  console.log('held')
  await sleep(ms)
  connection.exec('ROLLBACK')
  connection.close()
}

/** Opens the file as an app does, as somebody who may do little, puts something, and tells how it stands. */
async function stand(user: number): Promise<void> {
  if (user > 0) {
    process.setgid!(user)
    process.setuid!(user)
  }
  const { driver, standing } = await connect({ kind: 'sqlite', path, options: {} })
  await driver.put(batch({ boxes: [box(START)], events: [event(1)] }))
  console.log(JSON.stringify(standing()))
  await driver.close()
}

if (what === 'stand') await stand(Number(rest[0] ?? 0))
if (what === 'write')
  await write(rest[0] ?? 'w', Number(rest[1]), JSON.parse(rest[2] ?? '{}') as SqliteOptions, Number(rest[3] ?? 1_000))
if (what === 'hold') await hold(Number(rest[0]))
