import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from '../launch.ts'
import { urlOf } from '../library.ts'
import { threadCpu } from '../loop.ts'

/** What importing the package takes, with nothing constructed. */
export interface Imported {
  readonly wall: number
  readonly cpu: number
  readonly memory: number
}

// What every app that calls a model has loaded already.
await import('node:http')
await fetch('data:,')
await sleep(200)
globalThis.gc?.()
const before = { memory: process.memoryUsage.rss(), cpu: threadCpu(), wall: performance.now() }
await import(urlOf('index').href)
const wall = performance.now() - before.wall
const cpu = threadCpu() - before.cpu
await sleep(200)
globalThis.gc?.()
tell({ wall, cpu, memory: process.memoryUsage.rss() - before.memory } satisfies Imported)
if (process.send === undefined) process.exit()
