import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from './step.ts'

const lost = { passed: 0, failed: 1 }
let passed = 0
let failed = 0
for (const name of ['totals.json', 'package-totals.json']) {
  const file = join(scratch, name)
  // A run that broke off before it could count has failed.
  const counts = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as typeof lost) : lost
  passed += counts.passed
  failed += counts.failed
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
