import { fsyncSync, openSync, readSync, writeSync } from 'node:fs'

// A process that writes, syncs and reads a file again and again, and says what it met and by which clock.
const [path = ''] = process.argv.slice(2)
const bytes = new Uint8Array(100)
const attempt = (what: string, work: () => unknown): void => {
  try {
    work()
    console.log(`${what} ok`)
  } catch (error) {
    console.log(`${what} ${(error as NodeJS.ErrnoException).code}`)
  }
}
const file = openSync(path, 'w+')
setInterval(() => {
  const began = performance.now()
  attempt('write', () => writeSync(file, bytes, 0, 100, 0))
  attempt('sync', () => fsyncSync(file))
  attempt('read', () => readSync(file, bytes, 0, 100, 0))
  attempt('open', () => openSync(`${path}.${process.pid}`, 'w'))
  console.log(`clock ${Date.now()} ${Math.round(performance.now() - began)}`)
}, 20)
