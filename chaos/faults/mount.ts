import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { alone } from '../alone.ts'
import type { Fault } from '../fault.ts'

const mount = (...args: readonly string[]): void => void execFileSync('mount', args, { stdio: 'pipe' })
const unmount = (folder: string): void => void execFileSync('umount', ['--lazy', folder])

/** Puts a read-only view of a folder over it: made aside, as what is in use cannot be made read-only. */
function cover(folder: string): void {
  const aside = mkdtempSync(`${folder}-`)
  mount('--bind', folder, aside)
  mount('-o', 'remount,ro,bind', aside)
  mount('--bind', aside, folder)
  unmount(aside)
  rmdirSync(aside)
}

/**
 * The folder is read-only to who opens something in it from now on, as root, too. What is open already stays writable: a
 * process is killed with it, so that one starts there.
 */
export const readOnlyFolder: Fault = alone({
  name: 'read-only-folder',
  cuts: true,
  possible: ({ field, crew }) => field.disk !== undefined && crew.hands.some(({ lives }) => lives),
  async strike({ field, crew }, random) {
    const folder = field.disk!
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    cover(folder)
    hand.signal('SIGKILL')
    await hand.gone()
    return async () => {
      unmount(folder)
      await hand.start()
    }
  },
})
