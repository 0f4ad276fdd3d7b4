import { parseArgs } from 'node:util'
import { failNth } from './happen.ts'

/**
 * `node chaos/nth/run.ts --fault pwrite64:error=EIO --to 200`: the same short life of an app again and again, in which one
 * write after the other fails, each by itself. Ends with 1 when something was wrong.
 */
const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'pwrite64:error=EIO' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '200' },
  },
})
let bad = 0
for (let nth = Number(values.from); nth <= Number(values.to); nth++) {
  const { wrongs, kept, log } = await failNth(values.fault, nth)
  console.log(`${values.fault} ${nth}: ${kept} kept${log.length > 0 ? `; said: ${log.join('; ')}` : ''}`)
  for (const wrong of wrongs) console.log(`  WRONG ${wrong}`)
  if (wrongs.length > 0) bad++
}
console.log(`${values.fault}: ${bad} wrong`)
process.exitCode = bad === 0 ? 0 : 1
