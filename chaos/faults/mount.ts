import { execFileSync } from 'node:child_process'
import type { Fault } from '../fault.ts'

/**
 * The folder is read-only to who opens something in it from now on, as root, too. What is open already stays writable: a
 * process is killed with it, so that one starts there.
 */
export const readOnlyFolder: Fault = {
  name: 'read-only-folder',
  cuts: true,
  possible: ({ field, crew }) => field.disk !== undefined && crew.hands.some(({ lives }) => lives),
  async strike({ field, crew }, random) {
    const folder = field.disk!
    execFileSync('mount', ['--bind', folder, folder])
    execFileSync('mount', ['-o', 'remount,ro,bind', folder])
    const hand = random.pick(crew.hands.filter(({ lives }) => lives))
    hand.signal('SIGKILL')
    await hand.gone()
    return async () => {
      execFileSync('umount', ['--lazy', folder])
      await hand.start()
    }
  },
}
