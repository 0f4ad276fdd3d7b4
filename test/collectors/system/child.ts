import { systemClock } from '../../../src/core/time.ts'
import { Usage } from '../../../src/collectors/system/usage.ts'

// Says what it sees each time that it is asked.
const usage = new Usage(systemClock)
process.on('message', () => {
  void Promise.all([usage.memory(), usage.cgroup.processors()]).then(([memory, processors]) =>
    process.send?.({ ...memory, processors: processors ?? null })
  )
})
