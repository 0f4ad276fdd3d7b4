import { parseArgs } from 'node:util'
import { FAULTS } from './faults.ts'
import { happen, type Outcome } from './history.ts'
import { isQuiet } from './pace.ts'
import { happenQuickly, sharedMemory } from './quick/happen.ts'
import { STORES } from './stores.ts'

/**
 * `npm run chaos -- --seed 7 --store redis --minutes 30`: histories of operations × faults, one after the other, until
 * time or `--histories` are over. Ends with 1 when something was wrong, and says how to have that history again.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    store: { type: 'string', default: 'sqlite' },
    minutes: { type: 'string', default: '5' },
    histories: { type: 'string' },
    seconds: { type: 'string', default: '12' },
    fault: { type: 'string', multiple: true },
    quiet: { type: 'boolean', default: false },
    /** Within this process, by a clock of its own, over memory. */
    quick: { type: 'boolean', default: false },
  },
})
const opens = STORES.get(values.store)
const faults = FAULTS.filter(({ name }) => values.fault?.includes(name) ?? true)
if (opens === undefined) throw new Error(`--store is one of ${[...STORES.keys()].join(', ')}`)
if (faults.length === 0) throw new Error(`--fault is one of ${FAULTS.map(({ name }) => name).join(', ')}`)

const first = Number(values.seed ?? Date.now() % 1_000_000)
const until = performance.now() + Number(values.minutes) * 60_000
const most = Number(values.histories ?? (values.seed === undefined ? Infinity : 1))
let [count, bad] = [0, 0]
for (; count < most && (count === 0 || performance.now() < until); count++) {
  const seed = first + count
  const tell = (line: string): void => void (values.quiet || console.log(line))
  const wrongs = values.quick ? (await happenQuickly(seed, sharedMemory())).wrongs : await slowly(seed, tell)
  for (const wrong of wrongs) console.log(`seed ${seed} WRONG ${wrong}`)
  if (wrongs.length === 0) continue
  bad++
  const how = values.quick ? '--quick' : `--store ${values.store} --seconds ${values.seconds}`
  console.log(`  again: npm run chaos -- ${how} --seed ${seed}`)
}
console.log(`${count} histories, ${bad} of them wrong`)
process.exitCode = bad === 0 ? 0 : 1

async function slowly(seed: number, tell: (line: string) => void): Promise<readonly string[]> {
  console.log(`seed ${seed}`)
  const outcome = await happen({ seed, opens: opens!, faults, lasts: Number(values.seconds) * 1_000, tell })
  console.log(summary(outcome))
  return outcome.wrongs
}

function summary({ ledger, struck }: Outcome): string {
  const { samples } = ledger
  const [p50, p99] = [0.5, 0.99].map((share) => {
    const ms = (all: readonly number[]): string =>
      (all.toSorted((a, b) => a - b)[Math.floor(all.length * share)] ?? 0).toFixed(1)
    return `${ms(samples.map((one) => one.ms))} ms (${ms(samples.map(({ control }) => control))} without the library)`
  })
  const { sent, acknowledged, lost, requests } = ledger
  const log = [...ledger.log].map(([line, times]) => `\n    ${times} × ${line}`).join('')
  return (
    `  ${sent.size} values in ${requests.sent} requests, ${acknowledged.size} acknowledged, ${lost} went with a process; ` +
    `${struck.length} faults; ${isQuiet(samples) ? '' : 'too busy to compare: '}median ${p50}, p99 ${p99}${log}`
  )
}
