#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { type Line, Misuse, type Question } from './cli/command.ts'
import { main } from './cli/main.ts'
import { KEPT } from './core/tiers.ts'
import { DAY, systemClock } from './core/time.ts'
import { MetricsError, statusOf } from './errors.ts'
import { params, read } from './questions.ts'
import { type Place, placeOf } from './storage/place.ts'
import type { Store } from './storage/store.ts'
import { startStore } from './stores.ts'

/** Reads a store; nothing is recorded into it. */
async function ask(storage: string, question: Question): Promise<readonly Line[]> {
  const store = await opened(storage)
  try {
    const now = systemClock.now()
    const asked = { route: 'query', params: params(question), url: '', accept: 'application/json', now, facts: {} }
    return read(await store.answer(asked)).rows
  } catch (error) {
    if (!(error instanceof MetricsError) || statusOf(error.code) !== 400) throw error
    // A store in which nothing of the kind was ever recorded does not know its metric.
    if (error.code === 'bad_metric') return []
    throw new Misuse(error.message)
  } finally {
    await store.close()
  }
}

async function opened(storage: string): Promise<Store> {
  const place = placed(storage)
  if (place.kind !== 'sqlite') throw new Misuse(`There is nothing to read in ${storage}: give the URL of a file.`)
  // Opening would make one.
  if (!existsSync(place.path)) throw new Error(`There is no file ${place.path}.`)
  const options = { writer: 'cli', timezone: 'UTC', kept: KEPT, events: DAY, maxSize: 256e6 }
  const store = await startStore({ place, options })
  const { problem } = await store.open()
  if (problem === null) return store
  await store.close()
  throw new Error(problem)
}

function placed(storage: string): Place {
  try {
    return placeOf(storage)
  } catch (error) {
    throw new Misuse(error instanceof Error ? error.message : String(error))
  }
}

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', () => process.exit(0))
void main(process.argv.slice(2), {
  now: systemClock.now(),
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
  ask,
}).then((code) => (process.exitCode = code))
