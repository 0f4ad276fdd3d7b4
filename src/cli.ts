#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { type Line, Misuse, type Question } from './cli/command.ts'
import { main } from './cli/main.ts'
import { KEPT } from './core/tiers.ts'
import { DAY, systemClock } from './core/time.ts'
import { MetricsError, statusOf } from './errors.ts'
import { identity } from './identity.ts'
import { params, read } from './questions.ts'
import { type Place, placeOf } from './storage/place.ts'
import type { Ask, Store } from './storage/store.ts'
import { startStore } from './stores.ts'

/** Reads a store; nothing is recorded into it. */
async function ask(storage: string, question: Question): Promise<readonly Line[]> {
  try {
    return await call(storage, 'query', params(question))
  } catch (error) {
    // A store in which nothing of the kind was ever recorded does not know its metric.
    if (error instanceof MetricsError && error.code === 'bad_metric') return []
    throw misused(error)
  }
}

async function call(storage: string, route: string, asked: Ask['params']): Promise<readonly Line[]> {
  const store = await opened(storage)
  try {
    const now = systemClock.now()
    return read(await store.answer({ route, params: asked, url: '', accept: 'application/json', now, facts: {} })).rows
  } finally {
    await store.close()
  }
}

function misused(error: unknown): unknown {
  return error instanceof MetricsError && statusOf(error.code) === 400 ? new Misuse(error.message) : error
}

async function opened(storage: string): Promise<Store> {
  const place = placed(storage)
  if (place.kind === 'memory') throw new Misuse('There is nothing to read in memory: give the URL of a file or server.')
  // Opening would make one.
  if (place.kind === 'sqlite' && !existsSync(place.path)) throw new Error(`There is no file ${place.path}.`)
  const { app } = identity(process.env)
  const options = { writer: 'cli', app, timezone: 'UTC', kept: KEPT, events: DAY, maxSize: 256e6 }
  const store = await startStore({ place, options })
  const { mode, problem } = await store.open()
  // What a server warns of keeps nobody from reading it.
  if (problem === null || mode === 'remote') return store
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
  call: (storage, route, asked) =>
    call(storage, route, asked).catch((error: unknown) => {
      throw misused(error)
    }),
}).then((code) => (process.exitCode = code))
